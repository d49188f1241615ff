"""Over a hundred hostile weight files: one clear sentence each, no code run, little memory, nothing left open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.torch.exchange import hostile_weights

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and counts memory as Linux does")

# Files that only look odd: nothing in them lies about a tensor, so they may be read.
MAY_BE_READ = {
    "archive_outside_of_itself",
    "safetensors_numbers_are_a_hole",
    "archive_directory_flipped",
    "safetensors_only_remarks",
}
MAY_BE_READ |= {f"table_flipped_{i}" for i in range(9)}
RAW = (
    "weights_only",
    "safe_globals",
    "allowlist",
    "torch.serialization",
    "Traceback",
    "object at 0x",
    "trust the source",
)


SAID = {
    "place_pipe": "no plain file",
    "place_folder": "it is a folder",
    "place_endless_device": "no plain file",
    "place_nothing": "cannot be opened",
    "safetensors_billion_elements": "expected 4,294,967,296 bytes of numbers, got 64",
    "safetensors_length_of_all_ones": "longer than the file",
    "safetensors_name_twice": "cannot be read",
    "safetensors_101000_names": "more than 100,000 weights",
    "archive_of_101000_names": "more than 100,000 weights",
    "code_os_system_new": "holds Python objects",
    "code_whole_module": "holds Python objects",
    "archive_torchscript": "TorchScript",
    "archive_compressed_bomb": "more than its",
    "archive_expanded": "claims more numbers",
    "content_list": "no state dict",
    "file_of_a_pointer": "git lfs pull",
    "file_of_a_web_page": "web page",
    "file_of_text": "not a PyTorch checkpoint",
}
Outcomes = dict[str, Any]


def read_all(folder: Path) -> Outcomes:
    """All files read in a process of their own that may take one more gigabyte of addresses."""
    mark = folder / "ran"
    names = hostile_weights.make_all(folder, mark)
    done = subprocess.run(
        [sys.executable, "-m", "tests.torch.exchange.hostile_weights", str(folder)],
        input=json.dumps(names), capture_output=True, text=True, timeout=170, cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONWARNINGS": "default", "LAYERLOOM_HOME": str(folder / "home")},
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"died after {lines[-1] if lines else 'nothing'}: {done.stderr[-2000:]}"
    assert [line["name"] for line in lines] == names and len(names) >= 140
    assert not mark.exists(), "code of a file ran"
    assert not (folder.parent / "evil").exists(), "an archive was unpacked"
    return {line["name"]: line for line in lines}


def test_every_hostile_file_gets_one_clear_sentence(tmp_path: Path) -> None:
    """One test, because its files and its process are made once, on whatever worker it runs."""
    outcomes = read_all(tmp_path)
    assert _unclear(outcomes) == {}
    assert {n: f["megabytes"] for n, f in outcomes.items() if f["megabytes"] > 500} == {}
    assert {n: f["files"] for n, f in outcomes.items() if f["files"] > 0} == {}
    for name, says in SAID.items():
        told = outcomes[name]["told"]
        assert all(says in words for words in told.values()), (name, told)
    hole = outcomes["safetensors_numbers_are_a_hole"]["told"]  # may be looked at, but not read
    assert hole["look"] == "" and "186.3 GiB, more memory than is free" in hole["weights"]
    assert hole["part"] == hole["weights"]


def _unclear(outcomes: Outcomes) -> dict[str, str]:
    wrong = {}
    for name, found in outcomes.items():
        for way, told in found["told"].items():
            if told == "" and name in MAY_BE_READ:
                continue
            clear = told.endswith(".") and "\n" not in told and 30 < len(told) < 700 and not told.startswith("ESCAPED")
            if not clear or any(word in told for word in RAW):
                wrong[f"{name}: {way}"] = told
    return wrong
