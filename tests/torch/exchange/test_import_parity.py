"""Imported models of torchvision give the very bits of the originals: the sample always, all of them by night."""

from __future__ import annotations

import pytest

from tests.pure.blocks.block_cases import NIGHTLY
from tests.torch.exchange.import_parity import compare
from tests.torch.exchange.import_table import CLASSIFIERS, SAMPLE, SEGMENTATION, VIDEO, made

MANY_OPERATIONS = {"swin": 0.06, "maxvit": 0.06, "mvit": 0.12}  # places looked up in tables, einsum; a share of blocks


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", (*CLASSIFIERS, *SEGMENTATION, *VIDEO) if NIGHTLY else SAMPLE)
def test_an_import_equals_the_original_bit_for_bit(name: str) -> None:
    row = compare(name, *made(name))
    assert (row.eval, row.train, row.opaque) == (0.0, 0.0, 0), str(row)
    share = next((share for start, share in MANY_OPERATIONS.items() if name.startswith(start)), 0.0)
    assert row.operations <= share * row.blocks, f"{row.operations} of {row.blocks} blocks of {name} are Operations"


def test_the_list_is_that_of_torchvision() -> None:
    assert len(CLASSIFIERS) >= 80 and set(SAMPLE) <= {*CLASSIFIERS, *SEGMENTATION, *VIDEO}
