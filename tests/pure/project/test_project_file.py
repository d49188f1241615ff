from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.data.spec import DataSpec, Normalisation
from designer.errors import FileDamaged, FileNewer, ProjectError
from designer.graph.reading import network_from_json
from designer.project.file import Project, View, load_project, parse_project, project_bytes, save_project
from designer.project.migrations import CURRENT, discovered, migrate
from designer.project.strict_json import MAX_BYTES, dump_json, parse_json
from designer.train.spec import TrainSpec

DiskOf = Callable[[int], AbstractContextManager[None]]
NETWORK = {
    "blocks": [
        {"name": "image", "type": "input", "params": {}, "at": [0, 0]},
        {"name": "relu1", "type": "relu", "params": {}, "at": [0.5, 80]},
        {"name": "relu2", "type": "relu", "params": {}, "at": [0, 160]},
    ],
    "wires": [["image", 0, "relu1", 0], ["relu1", 0, "relu2", 0]],
}
HERE = Path("/projects/net.loom")
DEEP: Any = json.loads("[" * 60 + "]" * 60)


def small() -> Project:
    return Project(
        network=network_from_json(NETWORK),
        name="Ünïcode",
        train=TrainSpec(epochs=3),
        data=DataSpec(source="digits"),
        weights=HERE.with_suffix(".safetensors"),
        normalisation=Normalisation(mean=(0.5,), std=(0.25,)),
        run=HERE.parent / "runs" / "first",
        view=View(zoom=0.5, x=-3),
    )


TEXT = project_bytes(small(), HERE)
VALUES = json.loads(TEXT)


def test_round_trip_is_exact() -> None:
    again = parse_project(TEXT, HERE)
    assert again == small()
    assert project_bytes(again, HERE) == TEXT
    assert TEXT.endswith(b"}\n") and b'\n  "name": "\xc3\x9cn' in TEXT
    assert b'      ["image", 0, "relu1", 0],\n' in TEXT  # a wire is a line in a diff
    assert next(iter(VALUES)) == "layerloom"


def test_an_empty_project_round_trips(tmp_path: Path) -> None:
    path = tmp_path / "empty.loom"
    assert save_project(Project(), path) == Project() == load_project(path)


def test_the_report_of_an_import_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "model.loom"
    report = {"source": "torchvision:googlenet", "blocks": {"conv2d": 57}, "difference": 0.0, "opaque": []}
    save_project(Project(imported=report), path)
    assert load_project(path).imported == report
    save_project(Project(), path)
    assert load_project(path).imported is None and b"imported" not in path.read_bytes()


def test_every_truncation_is_refused() -> None:
    for cut in range(len(TEXT) - 1):
        with pytest.raises(ProjectError):
            parse_project(TEXT[:cut], HERE)


def changed(**values: Any) -> bytes:
    return json.dumps({**VALUES, **values}).encode()


def check_refused(data: bytes, words: str) -> None:
    with pytest.raises(FileDamaged) as caught:
        parse_project(data, HERE)
    message = caught.value.message
    assert words in message, message
    assert "\n" not in message and len(message) < 500


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "damaged or cut short"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[]", "holds list"),
        (b"null", "not named entries"),
        (b"{}", "should be a version number"),
        (b"[" * 100_000, "levels deep"),
        (b'{"layerloom": 1, "layerloom": 1}', "twice"),
        (b'{"layerloom": 1' + b"0" * 5000 + b"}", "too large"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": NaN}', "not a number"),
        (b'{"a": -Infinity}', "not a number"),
        (b'{"a": "\\ud800"}', "not UTF-8"),
        (b"[" + b"1," * 2_100_000 + b"1]", "values"),
        (changed(layerloom=True), "version number"),
        (changed(layerloom=-1), "version number"),
        (changed(layerloom=0), "no Layerloom has written"),
        (changed(surprise=1), 'no entry "surprise"'),
        (changed(name=DEEP), "levels deep"),
        (changed(name="two\nlines"), "one line"),
        (changed(network=None), "network"),
        (changed(network={}), "blocks"),
        (changed(network={"blocks": [1], "wires": []}), "each block"),
        (changed(network={"blocks": [], "wires": [["a", 0, "b", 0]]}), "damaged"),
        (changed(train={"epochs": -1}), '"train.epochs"'),
        (changed(train={"unheard": 1}), '"train.unheard"'),
        (changed(data={"source": ""}), '"data.source"'),
        (changed(view={"zoom": 0}), '"view.zoom"'),
        (changed(normalisation={"mean": [0], "std": [0]}), "normalisation"),
    ],
)
def test_hostile_files_are_one_sentence(data: bytes, words: str) -> None:
    check_refused(data, words)


@pytest.mark.parametrize(
    "name",
    [
        "../w.safetensors", "/etc/w.safetensors", "a/w.safetensors", "a\\w.safetensors", "C:w.safetensors", ".safetensors/..",
        "w.pt", "", "..", "nul.safetensors", "w\0.safetensors", "w\n.safetensors", "w" * 300 + ".safetensors", 7, ["w"],
    ],
)  # fmt: skip
def test_weights_are_a_plain_file_name(name: Any) -> None:
    check_refused(changed(weights=name), '"weights')


@pytest.mark.parametrize("run", ["../x", "/tmp/x", "a/../../b", "a//b", "", "C:/x", "a\\..\\b", "runs/", "con/x"])
def test_a_run_lies_below_the_project(run: str) -> None:
    check_refused(changed(run=run), '"run"')


def test_a_newer_file_says_so() -> None:
    with pytest.raises(FileNewer, match=r"newer Layerloom \(file version 7; this one reads up to 2\)"):
        parse_project(changed(layerloom=7, anything=1), HERE)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.loom"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(FileDamaged, match="larger than 64 MB"):
        load_project(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged, match="does not exist"):
        load_project(tmp_path / "none.loom")
    with pytest.raises(FileDamaged, match="is a folder"):
        load_project(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.loom")  # opening it would block for ever
        with pytest.raises(FileDamaged, match="no file to read"):
            load_project(tmp_path / "pipe.loom")


def test_saving_copies_weights_beside_the_file(tmp_path: Path) -> None:
    trained = tmp_path / "run" / "weights.safetensors"
    trained.parent.mkdir()
    trained.write_bytes(b"weights")
    path = tmp_path / "net.loom"
    saved = save_project(replace(small(), weights=trained, run=trained.parent), path)
    assert saved.weights == tmp_path / "net.safetensors"
    assert saved.weights.read_bytes() == b"weights"
    assert load_project(path) == saved
    assert not saved.weights_missing
    assert save_project(saved, path) == saved
    saved.weights.unlink()
    assert load_project(path).weights_missing  # no error: the drawing is worth having
    elsewhere = tmp_path / "other" / "copy.loom"
    elsewhere.parent.mkdir()
    assert save_project(saved, elsewhere).weights is None
    assert load_project(elsewhere).run is None  # a run elsewhere is not remembered


def test_a_name_without_the_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"ends in \.loom"):
        save_project(Project(), tmp_path / "net.json")


def test_what_cannot_be_read_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "net.loom"
    save_project(small(), path)
    before = path.read_bytes()
    for bad in (replace(small(), name="\ud800"), replace(small(), name="x" * 300)):
        with pytest.raises(ProjectError, match="not saved"):
            save_project(bad, path)
    assert path.read_bytes() == before


def test_a_full_disk_keeps_project_and_weights(tmp_path: Path, disk_of: DiskOf) -> None:
    path = tmp_path / "net.loom"
    (tmp_path / "old.safetensors").write_bytes(b"old")
    (tmp_path / "new.safetensors").write_bytes(b"n" * 100_000)
    project = save_project(replace(small(), weights=tmp_path / "old.safetensors"), path)
    before = path.read_bytes()
    bigger = replace(project, weights=tmp_path / "new.safetensors")
    for limit, changed in ((3000, bigger), (100, project)):
        with disk_of(limit), pytest.raises(ProjectError, match="could not be written"):
            save_project(changed, path)
    assert path.read_bytes() == before
    assert path.with_suffix(".safetensors").read_bytes() == b"old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "net.loom", "net.safetensors", "new.safetensors", "old.safetensors",
    ]  # fmt: skip


FUZZ = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["relu", "input"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def survives(data: bytes) -> None:
    try:
        project = parse_project(data, HERE)
    except ProjectError as error:
        assert error.message and "\n" not in error.message
    else:  # whatever is accepted can be saved, and is then the same
        assert parse_project(project_bytes(project, HERE), HERE) == project


@FUZZ
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes(data: bytes) -> None:
    survives(data)


@FUZZ
@given(st.integers(0, len(TEXT) - 1), st.binary(max_size=6), st.integers(0, 6))
def test_any_bytes_written_into_a_file(at: int, written: bytes, over: int) -> None:
    survives(TEXT[:at] + written + TEXT[at + over :])


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [prefix, *(path for key, item in items for path in paths(item, (*prefix, key)))]


@FUZZ
@given(st.sampled_from(paths(VALUES)[1:]), JSON)
def test_any_value_at_any_place(path: tuple[Any, ...], value: Any) -> None:
    data = json.loads(TEXT)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    survives(json.dumps(data).encode("utf-8", "surrogatepass"))


@FUZZ
@given(JSON)
def test_strict_reader_takes_what_the_writer_writes(value: Any) -> None:
    try:
        text = dump_json(value)
        again = parse_json(text, "x")
    except (ValueError, FileDamaged):
        return  # NaN, long numbers, surrogates
    assert again == value
    assert dump_json(again) == text


def test_migrations_run_in_order() -> None:
    assert set(discovered()) == set(range(1, CURRENT))
    steps = {
        0: lambda data: {"layers": data["stack"]},
        1: lambda data: {"network": {"blocks": data["layers"]}},
    }
    old = {"layerloom": 0, "stack": [1]}
    assert migrate(old, "x", current=2, steps=steps) == {"layerloom": 2, "network": {"blocks": [1]}}
    assert migrate({"layerloom": 2}, "x", current=2, steps=steps) == {"layerloom": 2}
    with pytest.raises(FileDamaged, match="version 0 file holds"):
        migrate({"layerloom": 0}, "x", current=2, steps=steps)


def test_a_save_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    orphan = tmp_path / ".net.loom.999999999-0123abcd.loomtmp"
    orphan.write_bytes(b"half")
    save_project(Project(), tmp_path / "net.loom")
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.loom"]
