"""Over ninety hostile ONNX files: one clear sentence each, little memory, nothing left open, nothing outside read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.torch.exchange import hostile_onnx

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and counts memory as Linux does")

# Odd, and no lie: names are only names, and one choice within another ends.
MAY_BE_READ = {"name_with_code", "names_that_are_odd", "names_that_are_long", "graphs_ten_deep"}
MAY_BE_READ |= {f"flipped_{n}" for n in range(16)}
SAID = {
    "outside_above": "outside of its folder",
    "outside_absolute": "outside of its folder",
    "outside_link": "outside of its folder",
    "outside_folder_link": "outside of its folder",
    "beside_too_long": "does not hold the 2,400 bytes",
    "claims_a_billion": "claims 1,000,000,000 numbers",
    "constant_of_a_trillion": "a constant of 1,000,000,000,000 numbers",
    "circle": "run in a circle",
    "input_missing": "reads 'nowhere', which nothing gives",
    "output_twice": "two nodes give 'y'",
    "operator_unknown": "no block does what the ONNX operator Explode does.",
    "opset_of_the_past": "reads 9 and later",
    "functions_that_laugh": "its functions make more than 100,000 nodes",
    "functions_without_end": "written in terms of itself",
    "nodes_three_hundred_thousand": "it has 300,000 nodes",
    "place_hole_of_three_gigabytes": "at most 2.1 GB",
}
Outcomes = dict[str, Any]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    folder = tmp_path_factory.mktemp("hostile") / "inside"
    folder.mkdir()
    (folder.parent / "secret.bin").write_bytes(b"secret" * 4)
    names = hostile_onnx.make_all(folder)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.torch.exchange.hostile_onnx", str(folder)],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        cwd=Path(__file__).parents[3],
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return {found["name"]: found for found in map(json.loads, ran.stdout.splitlines())}


def test_there_are_many():
    assert len(hostile_onnx.CASES) >= 90


def test_each_is_refused_with_one_sentence(outcomes):
    assert set(outcomes) == set(hostile_onnx.CASES)
    for name, found in outcomes.items():
        told = found["told"]
        assert "ESCAPED" not in told and "Traceback" not in told, (name, told)
        assert told or name in MAY_BE_READ, name
        assert (len(told) < 900 and "\n" not in told and told.endswith(".")) or not told, (name, told)


@pytest.mark.parametrize("name", SAID)
def test_the_sentence_says_what_is_wrong(outcomes, name):
    assert SAID[name] in outcomes[name]["told"]


def test_memory_stays_small_and_nothing_stays_open(outcomes):
    assert max(found["megabytes"] for found in outcomes.values()) < 300
    assert {name for name, found in outcomes.items() if found["files"]} == set()
