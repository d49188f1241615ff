"""Files of torch tensors as data: what they may hold, and that nothing in them is run."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from designer.data.open import open_data
from designer.data.recognise import recognise
from designer.data.source import Loaded, nothing, source_for
from designer.data.spec import DataSpec
from designer.errors import DataError


def opened(path: Path, **fields: object) -> Loaded:
    spec = DataSpec.model_validate({"source": str(path), **fields})
    return source_for(spec).open(spec, nothing)


FORMS = {
    "dict": lambda x, y: {"x": x, "y": y, "about": "a note"},
    "pair": lambda x, y: (x, y),
    "list": lambda x, y: [x, y],
    "names": lambda x, y: {"train_images": x[:8], "train_labels": y[:8], "test_images": x[8:], "test_labels": y[8:]},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("old", [False, True])
def test_tensors_in_the_forms_that_people_save(tmp_path: Path, form: str, old: bool) -> None:
    x, y = torch.arange(12 * 6).reshape(12, 6).float(), torch.arange(12) % 3
    path = tmp_path / "a.pt"
    torch.save(FORMS[form](x, y), path, _use_new_zipfile_serialization=not old)
    found = opened(path, reader="tensors")
    assert found.kind == "classes" and found.classes == ("0", "1", "2")
    assert found.train.samples.one(3).tolist() == x[3].tolist()
    assert (found.held_out is not None) == (form == "names")
    if not old:
        assert recognise(path)[0][0].name == "tensors"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int32, torch.bool, torch.uint8])
def test_tensors_of_every_type(tmp_path: Path, dtype: torch.dtype) -> None:
    x = (torch.arange(40).reshape(8, 5) % 2).to(dtype)
    torch.save({"x": x, "y": torch.rand(8)}, tmp_path / "a.pt")
    found = opened(tmp_path / "a.pt")
    assert found.kind == "values" and found.train.samples.one(2).tolist() == x[2].float().tolist()


def test_bytes_in_the_shape_of_pictures_are_pictures(tmp_path: Path) -> None:
    x = torch.randint(0, 256, (20, 3, 9, 7), dtype=torch.uint8)
    torch.save({"images": x, "labels": torch.arange(20) % 2}, tmp_path / "a.pt")
    data = open_data(DataSpec(source=str(tmp_path / "a.pt")), (3, 9, 7))
    assert data.sample_dims == (3, 9, 7) and len(data.train) == 16


class Hostile:
    def __init__(self, marker: str) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.marker, "w")


def test_what_would_run_code_is_refused(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    torch.save({"x": torch.zeros(2, 2), "y": Hostile(str(marker))}, tmp_path / "a.pt")
    (tmp_path / "b.pt").write_bytes(pickle.dumps(Hostile(str(marker))))
    for name in ("a.pt", "b.pt"):
        with pytest.raises(DataError, match="more than tensors"):
            opened(tmp_path / name, reader="tensors")
    assert not marker.exists()


def test_torn_files_and_sparse_or_lazy_tensors_are_told(tmp_path: Path) -> None:
    good = tmp_path / "a.pt"
    torch.save({"x": torch.rand(6, 4), "y": torch.arange(6)}, good)
    for share in (0.2, 0.5, 0.9):
        (tmp_path / "b.pt").write_bytes(good.read_bytes()[: int(share * good.stat().st_size)])
        with pytest.raises(DataError):
            opened(tmp_path / "b.pt", reader="tensors")
    (tmp_path / "c.pt").write_bytes(b"")
    with pytest.raises(DataError):
        opened(tmp_path / "c.pt", reader="tensors")
    torch.save({"x": torch.eye(6).to_sparse(), "y": torch.arange(6)}, good)
    with pytest.raises(DataError):
        opened(good)
    grad = torch.rand(6, 4, requires_grad=True)
    torch.save({"x": grad, "y": torch.arange(6) % 2, "z": torch.view_as_complex(torch.rand(6, 2))}, good)
    assert opened(good).train.samples.one(1).tolist() == pytest.approx(grad[1].tolist())
