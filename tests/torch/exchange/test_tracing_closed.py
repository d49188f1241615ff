"""Parts that stay closed: the library builds them, nothing else can be called, and the keys are those of the model."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision import models

from designer.blocks.catalog import catalog
from designer.blocks.dims import BATCH, Tensor
from designer.codegen.measure import measure
from designer.codegen.module import build
from designer.codegen.python import compile_network, layer_text
from designer.errors import ShapeError
from designer.exchange.tracing.closed import closed_part
from designer.exchange.tracing.record import Untraceable
from designer.exchange.tracing.trace import trace
from designer.graph.infer import Shapes
from designer.graph.measured import forget, keep, query_of
from tests.torch.exchange.import_parity import ended, stirred


def test_a_closed_part_computes_what_it_did_and_keeps_its_keys() -> None:
    model = stirred(models.resnet18())
    why = {"layer2.0": "for the test", "layer4": "for the test"}
    traced = trace(model.train(), {"input": torch.zeros(1, 3, 64, 64)}, closed_part("torchvision", "resnet18"), why)
    assert [(part.block, part.why) for part in traced.opaque] == list(why.items())
    sketch, _ = ended(traced)
    assert set(sketch.tensors) == set(model.state_dict())
    forget(lambda query: query.type == "opaque")
    shapes = Shapes(sketch.network)
    while shapes.wanted:  # as after the file was opened elsewhere: measured, not remembered
        for name, query in list(shapes.wanted.items()):
            answer = measure(query, dict)
            assert answer.error is None and answer.outputs
            keep({query: answer})
            shapes.update([name])
    program = compile_network(sketch.network, shapes=shapes)
    assert "import torchvision.models\n" in program.source
    assert 'get_submodule(torchvision.models.get_model("resnet18", weights=None), "layer4")' in program.source
    drawn = build(program, None)
    drawn.load_state_dict(sketch.tensors, strict=True)
    x = torch.rand(3, 3, 64, 64)
    assert torch.equal(drawn(x), model(x))
    assert torch.equal(drawn.eval()(x), model.eval()(x))


class Decides(nn.Module):
    """What it gives follows from the numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x) if x.sum() > 0 else -self.linear(x)


def test_a_part_that_needs_numbers_is_closed_and_its_sizes_are_found() -> None:
    model = nn.Sequential(nn.Linear(6, 6), Decides(), nn.ReLU())
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    traced = trace(model, {"x": torch.zeros(1, 6)}, closed_part("torchvision", "resnet18"))
    (part,) = traced.opaque
    assert part.block == "1" or part.block.endswith(".1")
    assert "depends on the numbers" in part.why
    (given,) = (t for ref, t in traced.sketch.carried.items() if ref.name == part.block)
    assert given == Tensor((BATCH, 4))
    assert all(torch.equal(model.state_dict()[name], tensor) for name, tensor in before.items())


def test_a_part_that_gives_more_than_tensors_closes_what_is_around_it() -> None:
    class Named(nn.Module):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"a": x} if x.sum() > 0 else {"a": -x}

    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Named()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.inner(x)["a"]
            return found

    model = nn.Sequential(Around())
    traced = trace(model, {"x": torch.zeros(1, 6)}, closed_part("torchvision", "resnet18"))
    (part,) = traced.opaque
    assert part.block.rpartition(".")[2] == "0"
    with pytest.raises(Untraceable):
        trace(model, {"x": torch.zeros(1, 6)})


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ('resnet18", weights="DEFAULT', "layer1"),
        ("hf-hub:someone/something", "layer1"),
        ("local-dir:/tmp/x", "layer1"),
        ("../x", "layer1"),
        ("resnet18", '").__class__'),
        ("resnet18", ""),
        ("resnet18", "layer1\n"),
        ("", "layer1"),
    ],
)
@pytest.mark.parametrize("library", ["torchvision", "timm"])
def test_a_hostile_project_can_call_nothing_else(library: str, model: str, path: str) -> None:
    block = catalog()["opaque"]
    params = block.check({"library": library, "model": model, "path": path})
    x = Tensor((BATCH, 3, 8, 8))
    assert block.layer is not None
    with pytest.raises(ShapeError):
        block.layer(block.bind(params), (x,))
    assert measure(query_of("opaque", params, {0: x}), dict).error is not None


def test_no_weights_are_fetched_for_a_part() -> None:
    block = catalog()["opaque"]
    assert block.layer is not None
    for name in (*models.list_models(module=models.detection), *models.list_models(module=models.segmentation)):
        text = layer_text(block.layer(block.bind(block.check({"model": name, "path": "backbone"})), ()))
        assert text.startswith("nn.Module.get_submodule(torchvision.models.get_model(")
        assert "weights=None, weights_backbone=None)" in text
    timm = block.bind(block.check({"library": "timm", "model": "resnet18", "path": "layer1"}))
    assert layer_text(block.layer(timm, ())).count("pretrained=False") == 1
