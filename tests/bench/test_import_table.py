"""The table of imports: model, blocks, operations, opaque parts, seconds, largest difference; and how long ResNet-152 takes.

``python -m pytest tests/bench/test_import_table.py -s`` prints the sample; with HYPOTHESIS_PROFILE=nightly all models.
"""

from __future__ import annotations

import time

import pytest
import torch
from torchvision import models

from designer.exchange.tracing.trace import trace
from tests.pure.blocks.block_cases import NIGHTLY
from tests.torch.exchange.import_parity import compare
from tests.torch.exchange.import_table import CLASSIFIERS, SEGMENTATION, VIDEO, made

SHORT = ("resnet18", "vit_b_32", "swin_t")


@pytest.mark.timeout(7200)
def test_table() -> None:
    print(f"\n{'model':32} {'blocks':>6} {'operat':>6} {'opaque':>6} {'seconds':>7} {'eval':>10} {'train':>10}")
    for name in (*CLASSIFIERS, *SEGMENTATION, *VIDEO) if NIGHTLY else SHORT:
        row = compare(name, *made(name))
        print(row, flush=True)
        assert row.eval == row.train == 0.0


def test_resnet152_is_read_fast() -> None:
    """Under 2 s is wanted; on a busy machine it may be three times that."""
    model, _ = made("resnet152")
    x = torch.zeros(1, 3, 224, 224)
    trace(models.resnet18().train(), {"input": x})  # what is loaded at the first use
    started, worked = time.perf_counter(), time.process_time()
    blocks = len(trace(model.train(), {"input": x}).sketch.network)
    seconds, own = time.perf_counter() - started, time.process_time() - worked
    print(f"\nResNet-152: {blocks} blocks in {seconds:.2f} s, of which {own:.2f} s on the processor")
    assert own < 6
