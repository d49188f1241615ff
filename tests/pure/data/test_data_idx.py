"""The IDX reader: real layout in, hostile headers refused before memory is taken."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.data.idx import find_pair, read_idx, read_pair
from designer.errors import DataError

FAST = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def idx(values: np.ndarray) -> bytes:
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


@FAST
@given(shape=st.tuples(st.integers(1, 5), st.integers(1, 7), st.integers(1, 7)), packed=st.booleans())
def test_round_trip(tmp_path: Path, shape: tuple[int, ...], packed: bool) -> None:
    values = np.random.default_rng(sum(shape)).integers(0, 256, shape).astype(np.uint8)
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(idx(values), 1, mtime=0) if packed else idx(values))
    np.testing.assert_array_equal(read_idx(path, 3), values)


@FAST
@given(
    head=st.one_of(
        st.binary(max_size=40),
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)).map(
            lambda sizes: bytes([0, 0, 8, 3]) + struct.pack(">3I", *sizes)
        ),
    ),
    tail=st.binary(max_size=64),
    packed=st.booleans(),
)
def test_any_header_is_read_or_refused(tmp_path: Path, head: bytes, tail: bytes, packed: bool) -> None:
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(head + tail, 1, mtime=0) if packed else head + tail)
    try:
        values = read_idx(path, 3)
    except DataError:
        return
    assert values.size == len(head + tail) - 16


@pytest.mark.parametrize("packed", [False, True])
def test_a_header_that_claims_two_gigabytes_costs_no_memory(tmp_path: Path, packed: bool) -> None:
    head = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**15, 2**8, 2**8)
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(head + bytes(4_000_000), mtime=0) if packed else head + bytes(1000))
    tracemalloc.start()
    with pytest.raises(DataError, match=r"too short|ends after"):
        read_idx(path, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not an IDX file"),
        (b"\x89PNG\r\n", "not an IDX file"),
        (bytes([0, 0, 13, 3]) + bytes(12), "type 13"),
        (bytes([0, 0, 8, 1]) + bytes(4), "1 dimensions; expected 3"),
        (bytes([0, 0, 8, 3]) + bytes(5), "within its header"),
        (bytes([0, 0, 8, 3]) + struct.pack(">3I", 0, 28, 28), "out of bounds"),
        (bytes([0, 0, 8, 3]) + struct.pack(">3I", 1, 2**31, 1), "out of bounds"),
        (bytes([0, 0, 8, 3]) + struct.pack(">3I", 1, 2, 2) + bytes(5), "goes on"),
        (gzip.compress(bytes([0, 0, 8, 3]) + struct.pack(">3I", 1, 2, 2) + bytes(4), mtime=0)[:-9], "damaged"),
        (b"\x1f\x8b" + bytes(20), "damaged"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        read_idx(path, 3)


def test_pictures_and_labels_must_belong_together(tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(np.zeros((3, 2, 2), np.uint8)))
    (tmp_path / "train-labels.idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros(4, np.uint8))))
    pair = find_pair(tmp_path, train=True)
    assert pair is not None
    assert find_pair(tmp_path, train=False) is None
    with pytest.raises(DataError, match=r"3 pictures .* 4 labels"):
        read_pair(*pair)
