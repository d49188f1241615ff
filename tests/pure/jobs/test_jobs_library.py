"""The run library on folders as trainings leave them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.errors import FileDamaged, JobError, UsageError
from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.templates import load_template
from designer.jobs.about import About, keep_about, read_about, tags_in
from designer.jobs.columns import COLUMNS, column, sorted_by
from designer.jobs.comparing import compared, network_differences
from designer.jobs.digest import DIGEST, Digest, digest_of, made_anew, stamp_of
from designer.jobs.folder import RunFolder
from designer.jobs.library import Library, one_run, runs_in, wanted
from designer.jobs.trash import bring_back, throw_away
from designer.project.owner import Owner
from tests.pure.jobs.made_runs import add_events, events, finished, made_run


def test_what_is_known_of_a_run(tmp_path: Path) -> None:
    run = made_run(tmp_path / "a", [*events(0.5, 0.9, 0.8), finished()], learning_rate=0.01)
    keep_about(run, About(name="Good one", tags=("keep",), notes="wide", starred=True))
    (entry,) = runs_in(tmp_path)
    digest = entry.digest
    assert (entry.name, entry.id, entry.state, entry.figure) == ("Good one", "a", "finished", "accuracy")
    assert entry.about.tags == ("keep",) and entry.about.starred and not entry.active and not entry.can_go_on
    assert entry.judged is not None and (entry.judged.best, entry.judged.last) == (0.9, 0.8)
    assert digest.figures["loss"].best == pytest.approx(0.1) and digest.figures["f1"].best == pytest.approx(0.8)
    assert (digest.epoch, digest.epochs, digest.iteration, digest.total) == (3, 3, 12, 12)
    assert digest.started == 1_700_000_000.0 and digest.elapsed == 1.2 and digest.weights == "weights.safetensors"
    assert digest.settings["learning_rate"] == 0.01 and digest.data["source"] == "digits"
    assert (digest.blocks, digest.parameters, digest.device) == (7, 12345, "A processor")


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ([], "lost"),
        ([finished("stopped")], "stopped"),
        ([finished("early")], "finished"),
        ([{"type": "failed", "message": "The disk is gone.", "kind": "error"}], "failed"),
        ([finished("stopped"), {"type": "submitted", "at": 2.0}, *events(0.5)[1:], finished()], "finished"),
    ],
)
def test_what_became_of_it(tmp_path: Path, last: list[dict[str, Any]], state: str) -> None:
    made_run(tmp_path / "a", [*events(0.5), *last])
    (entry,) = runs_in(tmp_path)
    assert entry.state == state
    assert entry.digest.message == ("The disk is gone." if state == "failed" else "")


def test_one_that_goes_on_is_read_anew_and_never_kept(tmp_path: Path) -> None:
    run = made_run(tmp_path / "a", events(0.5)[:1])
    (run / "worker.json").write_text(json.dumps(Owner.of().to_json()))
    library = Library(tmp_path)
    assert [entry.state for entry in library.runs()] == ["starting"]
    add_events(run, events(0.5)[1:])
    assert [(entry.state, entry.digest.epoch) for entry in library.runs()] == [("running", 1)]
    add_events(run, [{"type": "paused", "iteration": 4}])
    assert [entry.state for entry in library.runs()] == ["paused"]
    assert not (run / DIGEST).exists()
    with pytest.raises(JobError, match="still going on"):
        throw_away(run)


def test_a_long_log_is_not_read_whole(tmp_path: Path) -> None:
    run = made_run(tmp_path / "a", events(0.9, 0.7))
    with (run / "events.jsonl").open("ab") as file:
        line = (
            b'{"seq":99,"time":1.0,"type":"step","iteration":%d,"epoch":3,"elapsed":9.5,"noise":"'
            + b"x" * 900
            + b'"}\n'
        )
        file.write(b"".join(line % i for i in range(9, 20_000)))
    took = time.process_time()
    digest = made_anew(run, stamp_of(run))
    took = time.process_time() - took
    assert digest.iteration == 19_999 and digest.elapsed == 9.5 and digest.started == 1_700_000_000.0
    assert digest.figures["accuracy"].best == 0.9
    whole = time.process_time()
    assert len([json.loads(line) for line in (run / "events.jsonl").read_bytes().splitlines()]) > 19_000
    assert took < time.process_time() - whole


def test_old_runs_without_a_table_have_figures_too(tmp_path: Path) -> None:
    run = made_run(tmp_path / "a", [*events(0.9, 0.7), finished()])
    (run / "metrics.csv").unlink()
    (entry,) = runs_in(tmp_path)
    assert entry.judged is not None and (entry.judged.best, entry.judged.last) == (0.9, 0.7)


Piece = st.lists(
    st.sampled_from(["validate", "step", "note", "end", "begin", "half", "garbage", "table", "cut"]), max_size=12
)


@given(st.lists(Piece, min_size=1, max_size=4))
def test_a_kept_digest_never_tells_anything_else_than_the_folder(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[list[str]]
) -> None:
    root = tmp_path_factory.mktemp("runs")
    run = made_run(root / "a", events(0.5))
    library = Library(root)
    stamped = 1
    for piece in pieces:
        for number, what in enumerate(piece):
            match what:
                case "validate":
                    add_events(run, [{"type": "validated", "iteration": 20 + number, "epoch": 5, "loss": 0.1 * number,
                                      "accuracy": 1 - 0.1 * number}])  # fmt: skip
                case "step":
                    add_events(run, [{**events(0.5)[2], "iteration": 50 + number}])
                case "note":
                    add_events(
                        run, [{"type": "noted", "iteration": 1, "what": "rate", "text": "x" * (number * 40_000)}]
                    )
                case "end":
                    add_events(run, [finished("stopped")])
                case "begin":
                    add_events(run, [{"type": "submitted", "at": 3.0}])
                case "half" | "garbage":
                    with (run / "events.jsonl").open("ab") as file:
                        file.write(b'{"seq":1,"type":"finis' if what == "half" else b"\xff\x00[1]\n")
                case "table":
                    (run / "metrics.csv").write_bytes(b"iteration,validation_loss\n1,%d.5\n" % number)
                case "cut":
                    log = run / "events.jsonl"
                    log.write_bytes(log.read_bytes()[:-30])
            stamped += 1
            os.utime(run / "events.jsonl", ns=(stamped * 10**9, stamped * 10**9))  # clocks of disks are coarse
        (kept,) = library.runs()
        (fresh,) = Library(root).runs()
        stamp = stamp_of(run)
        assert kept.digest == fresh.digest == made_anew(run, stamp) == digest_of(run, stamp)
        assert kept.state == fresh.state


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99}', '{"stamp": "x"}', "\0\0", '{"figures": {"a": 1}}'])
def test_a_damaged_digest_is_made_anew(tmp_path: Path, text: str) -> None:
    run = made_run(tmp_path / "a", [*events(0.5), finished()])
    right = runs_in(tmp_path)[0].digest
    (run / DIGEST).write_text(text)
    assert runs_in(tmp_path)[0].digest == right
    assert Digest.model_validate_json((run / DIGEST).read_bytes()) == right


def test_hostile_folders_are_shown_or_left_out_but_never_raise(tmp_path: Path) -> None:
    for name, files in {
        "empty": {},
        "log": {"events.jsonl": "no json\n[]\n{}\n"},
        "kind": {"events.jsonl": "", "spec.json": '{"kind": ["train"]}'},
        "odd": {
            "events.jsonl": '{"type":"started","iterations_per_epoch":"x","seq":1}\n{"type":"epoch","epoch":-5}\n',
            "spec.json": '{"kind": "train", "train": {"epochs": "many", "best_by": {"a": 1}}, "data": 7}',
            "environment.json": '{"network": [1]}',
            "metrics.csv": 'iteration,validation_loss\n1,"\n2,nan\n3,high\n',
            "run.json": '{"tags": ["a,b"], "name": 5}',
            "data.json": '{"classes": 4, "train_samples": "x"}',
        },
        "export": {"events.jsonl": "", "spec.json": '{"kind": "export"}'},
    }.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
    (entry,) = runs_in(tmp_path)
    assert entry.id == "odd" and entry.state == "lost" and entry.about == About()
    assert all(isinstance(shown.text(entry), str) for shown in COLUMNS)
    assert runs_in(tmp_path / "nowhere") == [] and one_run(tmp_path / "empty") is None
    with pytest.raises(FileDamaged):
        read_about(tmp_path / "odd")


Anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "train", "x", "\ud800", "failed", 1e20, 1e250, -1e20]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["network", "blocks", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)
Plain = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text("ab,", max_size=3)
    | st.lists(st.integers(0, 9), max_size=2)
)
Keys = st.sampled_from(
    ["at", "iteration", "epoch", "epochs", "elapsed", "reason", "message", "weights", "loss", "accuracy", "figures",
     "device", "device_name", "classes", "train_samples", "iterations_per_epoch", "train", "data", "network"]
)  # fmt: skip
Kinds = st.sampled_from(
    ["submitted", "started", "step", "validated", "epoch", "finished", "failed", "data", "checkpoint"]
)


@given(
    st.lists(st.tuples(Kinds, st.dictionaries(Keys, Anything, max_size=6)), max_size=6),
    st.dictionaries(Keys, Anything, max_size=4),
    st.dictionaries(Keys, st.dictionaries(Keys, Plain, max_size=4) | Plain, max_size=4),
)
def test_whatever_a_folder_says_it_is_read_without_an_error(
    tmp_path_factory: pytest.TempPathFactory,
    told: list[tuple[str, dict[str, Any]]],
    facts: dict[str, Any],
    settings: dict[str, Any],
) -> None:
    run = tmp_path_factory.mktemp("runs") / "a"
    run.mkdir()
    lines = [json.dumps({**values, "seq": i, "type": kind}) for i, (kind, values) in enumerate(told)]
    (run / "events.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (run / "spec.json").write_text(json.dumps({**settings, "kind": "train"}))
    (run / "environment.json").write_text(json.dumps(facts))
    (run / "run.json").write_text(json.dumps(facts))
    (entry,) = runs_in(run.parent)
    assert all(isinstance(shown.text(entry), str) for shown in COLUMNS)
    assert sorted_by([entry, entry], COLUMNS[2], down=True) == [entry, entry]
    assert compared([entry, entry]) and wanted([entry], "x") in ([], [entry])
    assert runs_in(run.parent)[0].digest == entry.digest


def test_series_are_listed_with_their_members(tmp_path: Path) -> None:
    series = tmp_path / "sweep"
    made_run(series / "seed-1", [*events(0.5), finished()])
    made_run(series / "seed-2", [*events(0.6), finished()])
    (series / "summary.json").write_text("{}")
    made_run(tmp_path / "alone", [*events(0.7), finished()])
    assert {entry.id for entry in runs_in(tmp_path)} == {"alone", "sweep/seed-1", "sweep/seed-2"}
    assert [entry.id for entry in runs_in(tmp_path / "alone")] == ["alone"]


def test_finding_and_sorting(tmp_path: Path) -> None:
    for name, accuracy, settings in (
        ("a", 0.5, {"seed": 1}),
        ("b", 0.9, {"seed": 2}),
        ("c", 0.7, {"optimizer": "sgd"}),
    ):
        made_run(tmp_path / name, [*events(accuracy), finished()], **settings)
    made_run(tmp_path / "d", events(0.1)[:2])
    keep_about(tmp_path / "b", About(tags=("good", "wide"), notes="The wide one.", starred=True))
    runs = runs_in(tmp_path)

    def ids(**how: Any) -> str:
        return "".join(sorted(entry.id for entry in wanted(runs, **how)))

    assert ids() == "abcd" and ids(text="WIDE one") == "b" and ids(text="optimizer=sgd") == "c"
    assert ids(tag="good") == "b" and ids(starred=True) == "b" and ids(state="lost") == "d" and ids(state="going") == ""
    best, seed = column("best"), column("seed")
    assert best is not None and seed is not None
    assert [entry.id for entry in sorted_by(runs, best, down=True)] == ["b", "c", "a", "d"]
    assert [entry.id for entry in sorted_by(runs, best, down=False)] == ["a", "c", "b", "d"]
    assert next(entry.id for entry in sorted_by(runs, seed, down=True)) == "b"
    f1 = column("f1")
    assert f1 is not None and f1.text(runs[-1]).startswith("40") and f1.text(runs[0]) == "–"


def test_tags_are_words_without_commas() -> None:
    assert tags_in(" good,, very  wide ,good") == ("good", "very wide")
    with pytest.raises(UsageError, match="tags"):
        About().changed(tags=("a,b",))
    with pytest.raises(UsageError, match="name"):
        About().changed(name="x" * 300)


def test_deleted_runs_come_back(tmp_path: Path) -> None:
    run = made_run(tmp_path / "a", [*events(0.5), finished()])
    thrown = throw_away(run)
    assert not run.exists() and runs_in(tmp_path) == [] and thrown.parent.name == ".trash"
    made_run(run, [*events(0.6), finished()])
    back = bring_back(thrown)
    assert back.name.startswith("a-") and {entry.path for entry in runs_in(tmp_path)} == {run, back}
    assert not thrown.parent.exists()
    old = throw_away(back)
    os.utime(old, (time.time() - 40 * 86400,) * 2)
    throw_away(run)
    assert not old.exists()
    with pytest.raises(JobError, match="no run"):
        throw_away(tmp_path / "nothing")


def test_runs_side_by_side(tmp_path: Path) -> None:
    document = Document(load_template("digits"))
    name = next(n for n, node in document.network.nodes.items() if node.type == "conv2d")
    before = document.network[name].params["out_channels"]
    document.do(SetParams(name, {"out_channels": 99}))
    made_run(tmp_path / "a", [*events(0.5, 0.9), finished()], seed=1, learning_rate=0.01)
    made_run(tmp_path / "b", [*events(0.7, 0.8), finished()], network=document.network, seed=1, learning_rate=0.02)
    b, a = runs_in(tmp_path)
    lines = {(line.group, line.title): line for line in compared([a, b])}
    assert lines["Training", "Learning rate"].values == ("0.01", "0.02") and lines["Training", "Learning rate"].differs
    assert not lines["Training", "Seed"].differs and lines["Training", "Optimiser"].values == ("AdamW", "AdamW")
    assert lines["Figures", "Accuracy, best"].values == ("90.00 %", "80.00 %")
    assert lines["Figures", "Accuracy, best"].best == (0,) and lines["Figures", "Loss, best"].best == (0,)
    (difference,) = network_differences(a, b)
    assert difference.block == name and f"{before} → 99" in difference.text
    assert network_differences(a, a) == []
    (tmp_path / "b" / "network.json").unlink()
    with pytest.raises(FileDamaged, match="no network"):
        network_differences(a, b)


def test_a_thousand_runs_are_read_again_in_a_moment(tmp_path: Path) -> None:
    """What was read once costs little: the second look takes a small part of the time of the first."""
    first = made_run(tmp_path / "r000", [*events(0.5, 0.6), finished()])
    for i in range(1, 300):
        copy = tmp_path / f"r{i:03}"
        copy.mkdir()
        for file in first.iterdir():
            if file.is_file() and file.name != "model.py":
                (copy / file.name).write_bytes(file.read_bytes())
    library = Library(tmp_path)
    began = time.process_time()
    assert len(library.runs()) == 300
    fresh = time.process_time()
    assert len(Library(tmp_path).runs()) == 300
    kept = time.process_time()
    assert len(library.runs()) == 300
    again = time.process_time()
    print(f"300 runs: {fresh - began:.3f} s at first, {kept - fresh:.3f} s from digests, {again - kept:.3f} s again")
    assert again - kept < (fresh - began) / 3
    assert kept - fresh < fresh - began
    assert RunFolder(first).events.is_file()
