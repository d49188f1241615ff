"""The spec, the sources and the decisions about dims and rows, without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from designer.data.fitting import Histogram, choose, split_rows, target_for
from designer.data.places import candidates, download_folder
from designer.data.source import source_for, sources
from designer.data.spec import DataSpec, Normalisation
from designer.errors import DataError


def test_spec_is_checked_frozen_and_described() -> None:
    spec = DataSpec(source="digits")
    assert DataSpec.model_validate_json(spec.model_dump_json()) == spec
    assert all(field.title and field.description for field in DataSpec.model_fields.values())
    for bad in (
        {"source": ""},
        {"source": "digits", "validation": 0},
        {"source": "digits", "validation": float("nan")},
        {"source": "digits", "seed": -1},
        {"source": "digits", "other": 1},
    ):
        with pytest.raises(ValidationError):
            DataSpec.model_validate(bad)
    with pytest.raises(ValidationError):
        Normalisation(mean=(0.5,), std=(0.0,))
    with pytest.raises(ValidationError):
        Normalisation(mean=(0.5, 0.1), std=(1.0,))


def test_sources_are_listed_without_torch() -> None:
    code = (
        "import sys; from designer.data.source import sources; names = list(sources()); "
        "assert 'torch' not in sys.modules and 'PIL' not in sys.modules; print(*names)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"digits", "fashion-mnist", "mnist", "cifar10", "idx", "folder"} <= set(done.stdout.split())


def test_unknown_sources_are_answered_with_the_known(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no data set or folder called “dgits”.*digits, .*fashion-mnist"):
        source_for(DataSpec(source="dgits"))
    with pytest.raises(DataError, match="holds no data set"):
        source_for(DataSpec(source=str(tmp_path)))
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="is a file"):
        source_for(DataSpec(source=str(tmp_path / "file")))
    with pytest.raises(DataError):
        source_for(DataSpec(source="a\0b"))
    # the kinds of folders are not names
    with pytest.raises(DataError, match="called “idx”"):
        source_for(DataSpec(source="idx"))
    (tmp_path / "cats").mkdir()
    assert source_for(DataSpec(source=str(tmp_path))) is sources()["folder"]


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_HOME", str(tmp_path))
    assert download_folder("mnist", None).is_relative_to(tmp_path)
    assert download_folder("mnist", "/d") == Path("/d/mnist")
    assert candidates("mnist", None, "MNIST")[0] == download_folder("mnist", None)
    assert Path("/d/MNIST/raw") in candidates("mnist", "/d", "MNIST")


@pytest.mark.parametrize(
    ("asked", "natural", "dims", "sample"),
    [
        (None, (3, 5, 6), (3, 5, 6), (3, 5, 6)),
        ((3, 224, 224), (1, 8, 8), (3, 224, 224), (3, 224, 224)),
        ((1, 28, 28), (3, 32, 32), (1, 28, 28), (1, 28, 28)),
        ((8, 8), (1, 8, 8), (1, 8, 8), (8, 8)),
        ((64,), (1, 8, 8), (1, 8, 8), (64,)),
        ((3072,), (3, 32, 32), (3, 32, 32), (3072,)),
        ((1024,), (3, 32, 32), (1, 32, 32), (1024,)),
    ],
)
def test_target(asked: tuple[int, ...] | None, natural: tuple[int, int, int], dims: object, sample: object) -> None:
    target = target_for(asked, natural)
    assert (target.dims, target.sample_dims) == (dims, sample)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ((784,), r"vector of 784 .* 1×8×8 = 64\. Set the Input to 64"),
        ((2, 8, 8), "2 channels; pictures have 1"),
        ((1, 8, 8, 8), "4 sizes"),
        ((1, 0, 8), "from 1 to"),
        ((1, 8, 90_000), "from 1 to"),
        ((), "0 sizes"),
    ],
)
def test_what_cannot_be_fitted_is_said(asked: tuple[int, ...], says: str) -> None:
    with pytest.raises(DataError, match=says):
        target_for(asked, (1, 8, 8))


LABELS = st.lists(st.integers(0, 5), min_size=2, max_size=200).map(lambda v: np.array(v, dtype=np.int64))


@settings(deadline=None)
@given(labels=LABELS, share=st.floats(0.05, 0.9), seed=st.integers(0, 99))
def test_split_is_stratified_disjoint_and_seeded(labels: np.ndarray, share: float, seed: int) -> None:
    rows = np.arange(len(labels))
    try:
        train, held = split_rows(labels, rows, share, seed)
    except DataError:
        assert np.bincount(labels).max() == 1
        return
    np.testing.assert_array_equal(np.sort(np.concatenate([train, held])), rows)
    again = split_rows(labels, rows, share, seed)
    np.testing.assert_array_equal(again[1], held)
    for label in np.unique(labels):
        count, kept = int((labels == label).sum()), int((labels[held] == label).sum())
        assert abs(kept - count * share) <= 1.0 + 1e-9 or kept in (0, 1, count - 1)
        assert kept < count
        assert kept > 0 or count == 1


@settings(deadline=None)
@given(labels=LABELS, limit=st.integers(2, 250))
def test_limit_keeps_the_shares(labels: np.ndarray, limit: int) -> None:
    rows = choose(labels, limit, 0)
    assert len(rows) == min(limit, len(labels))
    assert (np.diff(rows) > 0).all()
    for label in np.unique(labels):
        exact = (labels == label).sum() * len(rows) / len(labels)
        assert abs((labels[rows] == label).sum() - exact) < 1.0 + 1e-9


def test_histogram_measures_exactly() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (50, 3, 4, 5)).astype(np.uint8)
    pixels[:, 2] = 9
    histogram = Histogram(3)
    histogram.add(pixels[:20])
    histogram.add(pixels[20:])
    measured = histogram.normalisation()
    exact = pixels.transpose(1, 0, 2, 3).reshape(3, -1) / 255
    np.testing.assert_allclose(measured.mean, exact.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(measured.std[:2], exact[:2].std(axis=1), rtol=1e-9)
    assert measured.std[2] == 1.0
