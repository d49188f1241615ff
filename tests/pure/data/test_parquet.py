"""Parquet files with the bytes of pictures, as public hubs keep them."""

from __future__ import annotations

import io
import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from designer.data.decode import Damaged
from designer.data.recognise import overview, recognise
from designer.data.source import Loaded, nothing, source_for
from designer.data.spec import DataSpec
from designer.errors import DataError

NAMES = ["cat", "dog", "owl"]


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_HOME", str(tmp_path_factory.mktemp("home")))


def png(value: int, size: tuple[int, int] = (6, 4)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, (value % 256, value // 256, 0)).save(content, "PNG")
    return content.getvalue()


def hub_file(
    path: Path,
    values: list[int],
    labels: list[object] | None = None,
    group: int = 8,
    feature: object = None,
    **more: object,
) -> Path:
    """A file as the hub writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [{"bytes": png(v), "path": f"{v}.png"} for v in values]
    said = labels if labels is not None else [v % 3 for v in values]
    table = pa.table({"image": pa.array(images), "label": pa.array(said), **more})
    feature = feature if feature is not None else {"names": NAMES, "_type": "ClassLabel"}
    note = {"info": {"features": {"image": {"_type": "Image"}, "label": feature}}}
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(note)}), path, row_group_size=group)
    return path


def opened(path: Path, **fields: object) -> Loaded:
    spec = DataSpec.model_validate({"source": str(path), **fields})
    return source_for(spec).open(spec, nothing)


def seen(loaded: Loaded, row: int) -> int:
    pixel = loaded.train.samples.one(row, (3, 1, 1), "crop")[:, 0, 0]
    return int(pixel[0]) + 256 * int(pixel[1])


def test_a_folder_of_shards_is_read_in_any_order(tmp_path: Path) -> None:
    for shard in range(2):
        hub_file(tmp_path / "data" / f"train-0000{shard}-of-00002.parquet", list(range(30 * shard, 30 * shard + 30)))
    hub_file(tmp_path / "data" / "validation-00000-of-00001.parquet", list(range(100, 112)))
    hub_file(tmp_path / "data" / "test-00000-of-00001.parquet", list(range(200, 207)))
    assert recognise(tmp_path)[0][0].name == "parquet"
    found = opened(tmp_path)
    assert found.classes == tuple(NAMES) and len(found.train.targets) == 60
    assert found.train.samples.natural() == (3, 4, 6)
    for row in np.random.default_rng(0).permutation(60).tolist():
        assert seen(found, row) == row and found.train.targets[row] == row % 3
    assert found.held_out is not None and len(found.held_out.targets) == 12
    assert found.held_out.samples.one(5, (3, 1, 1), "crop")[0, 0, 0] == 105
    assert found.train.samples.key(35) == "data/train-00001-of-00002.parquet:5"
    assert found.train.samples.name(35).endswith("train-00001-of-00002.parquet, row 5")
    assert found.train.samples.content(3) == png(3)
    assert any("testing are left out" in note for note in found.notes)
    told = overview(DataSpec(source=str(tmp_path)))
    assert told.sentence == (
        "Parquet with pictures: 72 pictures of 3×4×6, 12 of them for validation; 3 classes (cat, dog, owl)."
    )
    assert told.counts == (24, 24, 24)


def test_one_file_and_one_side_only(tmp_path: Path) -> None:
    found = opened(hub_file(tmp_path / "test-00000-of-00001.parquet", list(range(9))))
    assert len(found.train.targets) == 9 and found.held_out is None


def test_bytes_without_a_struct_and_labels_without_names(tmp_path: Path) -> None:
    path = tmp_path / "plain.parquet"
    rows = range(20)
    columns = {"id": list(rows), "img": [png(v) for v in rows], "species": ["oak" if v % 2 else "elm" for v in rows]}
    pq.write_table(pa.table({**columns, "age": [v / 2 for v in rows], "kind": [7 + v % 2 for v in rows]}), path)
    found = opened(path)
    assert found.classes == ("elm", "oak") and seen(found, 13) == 13
    ages = opened(path, target="age")
    assert ages.kind == "values" and ages.train.targets[5, 0] == 2.5
    kinds = opened(path, target="kind")
    assert kinds.classes == ("7", "8") and kinds.train.targets[:3].tolist() == [0, 1, 0]
    grouped = opened(path, target="kind", group="species")
    assert grouped.train.groups is not None and list(grouped.train.groups)[:2] == ["elm", "oak"]
    with pytest.raises(DataError, match="no column “taste”"):
        opened(path, target="taste")


def test_several_labels_a_picture(tmp_path: Path) -> None:
    feature = {"_type": "Sequence", "feature": {"names": NAMES, "_type": "ClassLabel"}}
    found = opened(hub_file(tmp_path / "a.parquet", [1, 2, 3], [[0, 2], [], [1]], feature=feature))
    assert found.kind == "labels" and found.classes == tuple(NAMES)
    assert found.train.targets.tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]


def test_rows_without_a_label_or_a_picture(tmp_path: Path) -> None:
    path = hub_file(
        tmp_path / "a.parquet", list(range(12)), [None if v == 4 else -1 if v == 5 else v % 3 for v in range(12)]
    )
    found = opened(path)
    assert len(found.train.targets) == 10 and seen(found, 4) == 6
    assert "2 rows say nothing" in " ".join(found.notes)
    cells = [{"bytes": None, "path": "x.png"}, {"bytes": b"", "path": ""}, None, {"bytes": b"no picture", "path": ""}]
    table = pa.table({"image": pa.array([*cells, {"bytes": png(9), "path": ""}]), "label": ["a", "b", "a", "b", "a"]})
    pq.write_table(table, tmp_path / "b.parquet")
    found = opened(tmp_path / "b.parquet")
    for row, why in ((0, "holds no bytes"), (1, "holds no bytes"), (2, "holds no bytes"), (3, "known format")):
        with pytest.raises(Damaged, match=why):
            found.train.samples.one(row, (3, 4, 6), "crop")
    assert seen(found, 4) == 9


def test_damaged_files_are_told_or_left_out(tmp_path: Path) -> None:
    whole = hub_file(tmp_path / "a.parquet", list(range(64))).read_bytes()
    for content in (b"PAR1", whole[: len(whole) // 2], whole[:-4] + b"none", b"PAR1" + bytes(40) + b"PAR1"):
        (tmp_path / "b.parquet").write_bytes(content)
        with pytest.raises(DataError, match=r"b\.parquet"):
            opened(tmp_path / "b.parquet")
    torn = bytearray(whole)
    where = whole.index(b"\x89PNG") + 40
    torn[where : where + 400] = bytes(
        400
    )  # in the bytes of the first pictures; the end with the list of contents is sound
    (tmp_path / "b.parquet").write_bytes(torn)
    found = opened(tmp_path / "b.parquet")
    readable = 0
    for row in range(64):
        try:
            readable += seen(found, row) == row
        except Damaged as error:
            assert str(error)
    assert 32 <= readable < 64  # the other row groups are whole


def test_other_tables_and_other_shards_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2], "b": [3, 4]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="no column with the bytes of pictures; it has a, b"):
        opened(tmp_path / "t.parquet")
    hub_file(tmp_path / "s" / "train-0.parquet", [1, 2])
    hub_file(tmp_path / "s" / "train-1.parquet", [1, 2], caption=["x", "y"])
    with pytest.raises(DataError, match="other columns"):
        opened(tmp_path / "s")


def test_a_note_that_is_nonsense_is_no_note(tmp_path: Path) -> None:
    for feature in ({"names": 5}, {"names": None}, "x", [1], {"_type": "Sequence"}):
        found = opened(hub_file(tmp_path / "a.parquet", list(range(6)), feature=feature))
        assert found.classes == ("0", "1", "2")


def test_without_the_library_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hub_file(tmp_path / "a.parquet", [1, 2, 3])
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(DataError, match=r"pip install 'layerloom\[parquet\]'"):
        opened(path)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).save(content, "PNG")
    cells = [{"bytes": content.getvalue() + v.to_bytes(2, "big"), "path": ""} for v in range(400)]  # 48 MB
    table = pa.table({"image": pa.array(cells), "label": ["a", "b"] * 200})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=400, use_dictionary=False, write_batch_size=8)
    del table, cells
    found = opened(tmp_path / "a.parquet")
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    most = 0
    for row in range(400):
        assert found.train.samples.content(row)[-2:] == row.to_bytes(2, "big")
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 16 << 20 and tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
