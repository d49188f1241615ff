"""Detection models: every layer that learns is drawn, with the keys of the original; what finds boxes stays outside."""

from __future__ import annotations

import pytest
import torch
from torchvision import models

from designer.exchange.origins._detection import drawable
from designer.exchange.tracing.trace import trace
from tests.pure.blocks.block_cases import NIGHTLY
from tests.torch.exchange.import_parity import compare

ALL = tuple(models.list_models(module=models.detection))
SAMPLE = ("fasterrcnn_mobilenet_v3_large_fpn", "ssdlite320_mobilenet_v3_large")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ALL if NIGHTLY else SAMPLE)
def test_a_detector_is_drawn_bit_for_bit(name: str) -> None:
    torch.manual_seed(0)
    model = models.get_model(name, weights=None, weights_backbone=None)
    side = 300 if name.startswith("ssd300") else 320 if name.startswith("ssdlite") else 64
    found = drawable(model, (3, side, side))
    assert found is not None and found.outside
    assert set(found.model.state_dict()) == set(model.state_dict())  # nothing that learns is left out
    inputs = {key: torch.rand(3, *x.shape[1:]) for key, x in found.inputs.items()}
    assert list(inputs) == sorted(inputs)  # so the drawing takes them in the same order
    row = compare(name, found.model, inputs)
    assert (row.eval, row.train, row.operations, row.opaque) == (0.0, 0.0, 0, 0)


def test_layers_shared_by_all_levels_are_one_layer_each() -> None:
    model = models.get_model("fasterrcnn_mobilenet_v3_large_fpn", weights=None, weights_backbone=None)
    found = drawable(model, (3, 64, 64))
    assert found is not None
    network = trace(found.model.train(), found.inputs).sketch.network
    (owner,) = (n for n in network.nodes if n == "rpn.head.conv.0.0")
    assert len(network.family(owner)) == 3  # one call a level


def test_a_classifier_is_no_detector() -> None:
    assert drawable(models.resnet18(), (3, 64, 64)) is None
