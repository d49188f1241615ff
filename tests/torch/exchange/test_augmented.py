"""The augmentation in the exported folder of Python."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.data.augment.declare import steps
from designer.data.augment.spec import Augment, read_steps
from designer.data.spec import Normalisation
from designer.exchange.augmented import augment_text, told
from designer.exchange.verify import export_and_verify
from designer.graph.templates import load_template

PICTURES = [name for name, step in steps().items() if "pictures" in step.works]


def ran(text: str, folder: Path) -> Any:
    (folder / "augment.py").write_text(text)
    return runpy.run_path(str(folder / "augment.py"))["augment"]


@pytest.mark.parametrize("name", PICTURES)
def test_every_step_for_pictures_has_its_transform(name: str, tmp_path: Path) -> None:
    augment = ran(augment_text([Augment(name=name)], 24, 32), tmp_path)
    torch.manual_seed(0)
    x = torch.randint(0, 256, (3, 24, 32), dtype=torch.uint8)
    found = [augment(x) for _ in range(40)]
    assert all(one.shape == x.shape and one.dtype == torch.uint8 for one in found)
    assert len({one.numpy().tobytes() for one in found}) > 1


def test_a_list_is_written_in_its_order_without_what_is_off(tmp_path: Path) -> None:
    text = augment_text(read_steps("rotate:20,flip:off,crop:2:reflect,erase:1:cover=noise,blur:0.2"), 8, 8)
    augment = ran(text, tmp_path)
    names = [type(one).__name__ for one in augment.transforms]
    assert names == ["RandomRotation", "RandomCrop", "RandomErasing", "RandomApply"]
    assert augment.transforms[0].degrees == [-20.0, 20.0] and augment.transforms[1].padding_mode == "reflect"
    assert augment_text(read_steps("flip:off"), 8, 8) == "" == augment_text(read_steps("noise"), 8, 8)


def test_the_exported_folder_says_and_holds_it(tmp_path: Path) -> None:
    program = compile_network(load_template("digits"))
    module, norm = build(program, 0), Normalisation(mean=(0.3,), std=(0.4,))
    samples = torch.from_numpy(np.random.default_rng(0).normal(size=(20, 1, 8, 8)).astype(np.float32))
    out = tmp_path / "project"
    export_and_verify(
        module, program, None, samples, "python", out, normalisation=norm, augment=read_steps("rotate:5,crop:1")
    )
    assert (
        "RandomRotation(5.0" in (out / "augment.py").read_text()
        and "torchvision" in (out / "requirements.txt").read_text()
    )
    assert "`augment.py` does the same kinds of change" in (out / "README.md").read_text()


def test_what_is_left_out_is_said() -> None:
    words = told(read_steps("gain,noise:off"), written_out=False)
    assert "change the loudness; for Layerloom: `--augment gain`" in words and "leaves that out" in words
    assert told(read_steps("noise:off"), written_out=False) == ""
