"""The block that the README shows passes, as it is printed there, whatever every block has to pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from designer.blocks.spec import Block
from tests.pure.blocks import test_block_catalog as declarations
from tests.torch.blocks import test_block_contract as contract

README = Path(__file__).parents[3] / "README.md"
CHECKS: list[Callable[[Block], None]] = [
    contract.test_rule_equals_torch,
    contract.test_unknown_batch_equals_torch_for_every_batch,
    contract.test_builds_and_trains,
    contract.test_text_is_plain,
    contract.test_json_round_trip,
    contract.test_implied_values_are_torchs_own,
    declarations.test_declaration_is_complete,
    declarations.test_params_are_complete_and_defaults_canonical,
]


@pytest.fixture(scope="module")
def shown() -> Block:
    found = re.search(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    names: dict[str, object] = {}
    exec(found[1], names)
    (block,) = (value for value in names.values() if isinstance(value, Block))
    return block


@pytest.mark.parametrize("check", CHECKS, ids=[c.__name__ for c in CHECKS])
def test_the_block_of_the_readme(shown: Block, check: Callable[[Block], None]) -> None:
    check(shown)
