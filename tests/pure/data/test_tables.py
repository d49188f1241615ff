"""Tables of any look: columns, kinds of targets, what is missing, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.data.recognise import overview, recognise
from designer.data.source import Loaded, nothing, source_for
from designer.data.spec import DataSpec
from designer.data.table import read_table
from designer.errors import DataError


def written(tmp_path: Path, text: str, name: str = "t.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def opened(path: Path, **fields: object) -> Loaded:
    spec = DataSpec.model_validate({"source": str(path), **fields})
    return source_for(spec).open(spec, nothing)


IRIS = "5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n5.8,2.7,virginica\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_with_or_without_names(tmp_path: Path, delimiter: str) -> None:
    bare = written(tmp_path, IRIS.replace(",", delimiter))
    table = read_table(bare)
    assert list(table.columns) == ["column 1", "column 2", "column 3"] and table.rows == 4
    named = written(tmp_path, f"a{delimiter}b{delimiter}kind\n" + IRIS.replace(",", delimiter), "n.csv")
    found = opened(named)
    assert found.classes == ("setosa", "virginica") and found.kind == "classes"
    assert found.train.targets.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(found.train.samples.one(2), [6.3, 3.3])
    assert found.train.samples.name(0) == "row 2"  # as an editor counts lines


def test_what_spreadsheets_write(tmp_path: Path) -> None:
    path = written(tmp_path, "Größe;Wert\r\n1,5;2,25\r\n\r\n2,5;-3\r\n", encoding="cp1252")
    table = read_table(path)
    assert list(table.columns) == ["Größe", "Wert"]
    assert np.asarray(table.columns["Wert"]).tolist() == [2.25, -3.0]
    assert list(read_table(written(tmp_path, "\ufeffa,b\n1,2\n")).columns) == ["a", "b"]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    rows=st.lists(
        st.tuples(
            st.floats(-1e6, 1e6, width=32), st.floats(-1e6, 1e6, width=32), st.sampled_from(["x", 'y "q"', "z,z"])
        ),
        min_size=1,
        max_size=30,
    )
)
def test_what_is_written_is_read(tmp_path: Path, rows: list[tuple[float, float, str]]) -> None:
    import csv

    with (tmp_path / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("a", "b", "c"), *rows])
    table = read_table(tmp_path / "t.csv")
    assert np.asarray(table.columns["a"]).tolist() == [row[0] for row in rows]
    assert np.asarray(table.columns["b"]).tolist() == [row[1] for row in rows]
    assert table.columns["c"] == [row[2] for row in rows]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=300), name=st.sampled_from(["t.csv", "t.json", "t.jsonl", "t.tsv"]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    try:
        assert read_table(path).rows >= 1
    except DataError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("a,b\n", "no rows"),
        ("a,b\n1,2\n3\n", "Row 3 of t.csv has 1 cells, and the first has 2"),
        ("a,a\n1,2\n", "two columns called “a”"),
        ("a\0b", "not a text file"),
    ],
)
def test_what_is_no_table_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        read_table(written(tmp_path, text))


def test_numbers_and_several_targets(tmp_path: Path) -> None:
    lines = "\n".join(f"{k},{k * 0.37},{k * 0.37 - 1},{k % 2}" for k in range(60))
    path = written(tmp_path, f"a,target,other,flag\n{lines}\n")
    one = opened(path)
    assert one.kind == "values" and one.classes == ("target",) and one.train.targets.shape == (60, 1)
    two = opened(path, target="target, other")
    assert two.classes == ("target", "other") and two.train.samples.natural() == (2,)
    few = opened(path, target="flag")
    assert few.kind == "classes" and few.classes == ("0", "1")
    assert opened(path, target="flag", targets="values").kind == "values"
    assert opened(path, target="flag", ignore="a,other").train.samples.natural() == (1,)
    with pytest.raises(DataError, match=r"no column “wrong”. It has a, target, other, flag"):
        opened(path, target="wrong")
    with pytest.raises(DataError, match="no classes"):
        opened(path, targets="classes")


def test_missing_numbers_are_refused_filled_or_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,y\n1,2,x\n,4,x\n5,6,z\nNA,8,z\n")
    with pytest.raises(DataError, match=r"“a” of t.csv lacks 2 of 4 numbers, first in row 3"):
        opened(path)
    mean = opened(path, missing="mean")
    assert mean.train.samples.one(1).tolist() == [3.0, 4.0] and "2 missing numbers" in mean.notes[0]
    assert opened(path, missing="zero").train.samples.one(3).tolist() == [0.0, 8.0]
    left = opened(path, missing="drop")
    assert len(left.train.samples) == 2 and "2 rows lack a number" in left.notes[0]
    bare = written(tmp_path, "a,y\n1,p\n2,\n3,p\n4,q\n", "bare.csv")
    with pytest.raises(DataError, match=r"target “y” is missing in 1 of 4 rows of bare.csv, first in row 3"):
        opened(bare)
    assert len(opened(bare, missing="drop").train.samples) == 3


def test_words_become_columns_and_names_are_left_out(tmp_path: Path) -> None:
    lines = "\n".join(f"person {k},{'mf'[k % 2]},{k},{k % 3 == 0}" for k in range(80))
    found = opened(written(tmp_path, f"name,sex,age,class\n{lines}\n"))
    assert found.train.samples.natural() == (3,)
    assert found.train.samples.one(1).tolist() == [1.0, 0.0, 1.0]  # f, m, age
    assert any("“name” holds 80 different words" in note for note in found.notes)
    assert any("“sex” became 2 columns" in note for note in found.notes)


def test_a_column_that_divides_and_a_column_of_groups(tmp_path: Path) -> None:
    lines = "\n".join(f"{k},{'train' if k < 30 else 'test'},p{k // 5},{'ab'[k % 2]}" for k in range(40))
    path = written(tmp_path, f"v,split,patient,label\n{lines}\n")
    found = opened(path, group="patient")
    assert len(found.train.targets) == 30 and found.held_out is not None and len(found.held_out.targets) == 10
    assert found.train.groups is not None and found.train.groups[7] == "p1"
    assert overview(DataSpec(source=str(path), group="patient")).groups == 6


def test_several_labels_a_sample_and_json(tmp_path: Path) -> None:
    records = [{"v": k, "tags": ["sun"] if k % 2 else ["sun", "rain"]} for k in range(10)]
    path = written(tmp_path, json.dumps(records), "t.json")
    found = opened(path)
    assert found.kind == "labels" and found.classes == ("rain", "sun")
    assert found.train.targets.tolist()[:2] == [[1, 1], [0, 1]]
    lines = "\n".join(f"{k},{'a|b' if k % 2 else ''}" for k in range(6))
    assert opened(written(tmp_path, f"v,labels\n{lines}\n")).train.targets.tolist()[:2] == [[0, 0], [1, 1]]
    flags = "\n".join(f"{k / 7},{k % 2},{k % 3 // 2}" for k in range(9))
    several = opened(written(tmp_path, f"v,label_a,label_b\n{flags}\n", "f.csv"))
    assert several.kind == "labels" and several.classes == ("label_a", "label_b")


def test_a_table_is_recognised_with_counts(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,kind\n" + IRIS)
    (source, sentence), *_ = recognise(path)
    assert source.name == "table"
    assert sentence == "Table of numbers: 4 rows of 2; 2 classes (setosa, virginica)."
    with pytest.raises(DataError, match="cannot read as data"):
        recognise(written(tmp_path, "x", "t.docx"))
    with pytest.raises(DataError, match="no kind of data called “tabel”"):
        opened(path, reader="tabel")
    with pytest.raises(DataError, match="cannot be read as “Zip of pictures”"):
        opened(path, reader="zip")
