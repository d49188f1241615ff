"""Weights read and written without torch: the same bytes as the format's own library, and damage told in one sentence."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from designer.errors import FileDamaged, ProjectError
from designer.graph.weight_steps import Bring, Copy, Drop, Fresh, Name, Part, Pick
from designer.project.carry import carried
from designer.project.tensors import TensorFile, Weight, read_header, write_tensors

TYPES = ("float32", "float16", "float64", "int64", "int32", "int8", "uint8", "bool")


@given(st.lists(st.tuples(st.sampled_from(TYPES), st.lists(st.integers(0, 4), max_size=3)), max_size=6))
def test_what_is_written_is_read_by_the_library_and_back(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[tuple[str, list[int]]]
) -> None:
    folder = tmp_path_factory.mktemp("t")
    random = np.random.default_rng(2)
    tensors = {
        f"layer{i}.w": np.asarray(random.random(shape) * 9).astype(kind) for i, (kind, shape) in enumerate(kinds)
    }
    save_file(tensors, folder / "a.safetensors", {"made": "here"})
    file = TensorFile(folder / "a.safetensors")
    write_tensors(folder / "b.safetensors", file.all(), file.header.metadata)
    again = load_file(folder / "b.safetensors")
    assert again.keys() == tensors.keys()
    for name, numbers in tensors.items():
        assert again[name].dtype == numbers.dtype and np.array_equal(again[name], numbers)
    assert read_header(folder / "b.safetensors").metadata["made"] == "here"


def _file(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


GOOD = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
BAD = {
    "empty": b"",
    "short": b"\1\2",
    "long_header": _file({}, length=2**62),
    "over_the_end": _file({}, length=500),
    "no_json": _file(b"{not json"),
    "a_list": _file([1, 2]),
    "deep": _file(b"[" * 100_000),
    "cut_off": _file({"a": GOOD}, b"\0" * 4),
    "many_numbers": _file({"a": {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 8]}}, b"\0" * 8),
    "negative": _file({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, b"\0" * 8),
    "backwards": _file({"a": {"dtype": "F32", "shape": [0], "data_offsets": [8, 0]}}, b"\0" * 8),
    "no_type": _file({"a": {"dtype": "Q99", "shape": [2], "data_offsets": [0, 8]}}, b"\0" * 8),
    "true_is_no_size": _file({"a": {"dtype": "F32", "shape": [True, 2], "data_offsets": [0, 8]}}, b"\0" * 8),
    "on_top": _file({"a": GOOD, "b": {**GOOD, "data_offsets": [4, 12]}}, b"\0" * 12),
    "a_number": _file({"a": 7}),
    "many_axes": _file({"a": {**GOOD, "shape": [1] * 40 + [2]}}, b"\0" * 8),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_damage_is_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(BAD[name])
    with pytest.raises(FileDamaged, match=r"cannot be (read|opened)"):
        TensorFile(path).all()


def test_no_file_and_no_place(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged, match="cannot be opened"):
        read_header(tmp_path / "none.safetensors")
    with pytest.raises(FileDamaged, match="is not a file"):
        read_header(tmp_path)
    with pytest.raises(ProjectError, match="folder does not exist"):
        write_tensors(tmp_path / "no" / "place.safetensors", {}, {})


def _weights(**arrays: np.ndarray) -> dict[str, Weight]:
    return {name.replace("_", "."): Weight("F32", array.astype(np.float32)) for name, array in arrays.items()}


def test_each_step(tmp_path: Path) -> None:
    save_file({"conv.weight": np.full((2,), 7, np.float32)}, tmp_path / "other.safetensors")
    state = carried(
        _weights(a_weight=np.arange(6).reshape(3, 2), b_weight=np.arange(12).reshape(2, 6)),
        [
            Pick(3, (0, 2, 2), (Part("a.weight"), Part("b.weight", 1, 0, 2, 1, True), Part("none.weight"))),
            Name("a", "first"),
            Copy({"second": "first", "third": "nothing"}),
            Drop("b"),
            Fresh("eye.weight", (2, 2, 3), "identity"),
            Bring(str(tmp_path / "other.safetensors"), {"x.conv": "conv"}),
            Bring(str(tmp_path / "gone.safetensors"), {"x.gone": "conv"}),
        ],
    )
    assert sorted(state) == ["eye.weight", "first.weight", "second.weight", "x.conv.weight"]
    assert state["first.weight"].numbers.tolist() == [[0, 1], [4, 5], [4, 5]]
    assert state["eye.weight"].numbers.tolist() == [[[0, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]]]
    assert state["x.conv.weight"].numbers.tolist() == [7, 7]


def test_copies_share_the_weight_of_what_reads_them() -> None:
    start = np.array([[6.0, 12.0]])
    (weight,) = carried(_weights(b_weight=start), [Pick(2, (0, 1, 1, 1), (Part("b.weight", 1, shared=True),))]).values()
    assert weight.numbers[0, 0] == 6 and weight.numbers[0, 1:].sum() == 12
    assert len(set(weight.numbers[0, 1:].tolist())) == 3  # so that training can tell them apart


def test_what_does_not_fit_a_step_stays_and_is_told_later() -> None:
    state = _weights(a_weight=np.zeros((5, 2)))
    after = carried(state, [Pick(3, (0, 1, 2, 2), (Part("a.weight"), Part("a.weight", 4), Part("a.weight", 1, 3)))])
    assert after["a.weight"].shape == (6, 2)  # of the three places only the first is there
    with pytest.raises(ProjectError, match="cannot be shared out"):
        carried(
            {"q.weight": Weight("I8", np.zeros((2, 2), np.int8))},
            [Pick(2, (0, 0, 1), (Part("q.weight", 1, shared=True),))],
        )
