from __future__ import annotations

import json
import math
import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.jobs import events
from designer.jobs.events import EventLog, Tail, last_event

STEP = {"type": "step", "iteration": 1, "epoch": 1, "loss": 0.5, "accuracy": 0.5, "learning_rate": 1e-3}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_written_and_read(path: Path) -> None:
    tail = Tail(path)
    assert tail.read() == []  # not there yet
    with EventLog(path) as log:
        log.append({"type": "started"})
        assert [event["type"] for event in tail.read()] == ["started"]
        assert tail.read() == []
        log.append({"type": "failed", "loss": math.nan, "deep": {"all": [math.inf, 1.5]}})
    (event,) = tail.read()
    assert (event["seq"], event["loss"], event["deep"]) == (2, None, {"all": [None, 1.5]})
    assert last_event(path) == event


def test_steps_are_gathered_and_everything_else_flushes(path: Path) -> None:
    with EventLog(path) as log:
        log.append({"type": "started"})
        for _ in range(100):
            log.append(STEP)
        assert len(path.read_bytes().splitlines()) < 100
        log.append({"type": "validated"})
        assert len(path.read_bytes().splitlines()) == 102


def test_a_step_costs_little(path: Path) -> None:
    with EventLog(path) as log:
        began = time.thread_time()
        for _ in range(5000):
            log.append(STEP)
        assert (time.thread_time() - began) / 5000 < 1e-4
    assert len(Tail(path).read(1 << 30)) == 5000


def test_reading_is_bounded(path: Path) -> None:
    with EventLog(path) as log:
        for number in range(12_000):
            log.append({**STEP, "iteration": number})
    tail, seen, reads = Tail(path), 0, 0
    while events := tail.read():
        assert len(events) < 11_000
        seen += len(events)
        reads += 1
    assert (seen, reads > 1) == (12_000, True)


def test_a_writer_goes_on_after_a_torn_line(path: Path) -> None:
    with EventLog(path) as log:
        log.append({"type": "started"})
        log.append({"type": "epoch"})
    whole = path.read_bytes()
    for cut in range(0, len(whole), 4):
        path.write_bytes(whole[:cut])
        tail = Tail(path)
        before = tail.read()
        with EventLog(path) as log:
            log.append({"type": "submitted"})
        assert [event["seq"] for event in [*before, *tail.read()]] == list(range(1, len(before) + 2))


def test_a_full_disk_delays_events_and_loses_none(path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    tail = Tail(path)
    with EventLog(path) as log:
        log.append({"type": "started"})
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
        try:
            for number in range(20):
                log.append({"type": "epoch", "epoch": number})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        early = tail.read()
        assert 1 <= len(early) < 20
        log.append({"type": "finished"})
    assert [event["seq"] for event in [*early, *tail.read()]] == list(range(1, 23))


def test_monsters_and_rubbish_are_passed_over(path: Path) -> None:
    good = json.dumps({"seq": 1, "time": 0, "type": "epoch"}).encode()
    rubbish = [b"", b"{", b"[]", b"3", b'{"type": 3, "seq": 1}', b'{"type": "x"}', b"\xff\xfe", b"[" * 5000]
    monster = b'{"seq": 1, "type": "' + b"x" * 3_000_000 + b'"}'
    path.write_bytes(b"\n".join([good, *rubbish, monster, good, b""]))
    tail = Tail(path)
    events = [event for _ in range(8) for event in tail.read()]
    assert [event["type"] for event in events] == ["epoch", "epoch"]
    assert last_event(path) == json.loads(good)


@settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(max_size=60) | st.just(b'{"seq":1,"type":"x"}\n'), max_size=12))
def test_any_bytes_in_any_portions(tmp_path: Path, portions: list[bytes]) -> None:
    path = tmp_path / "any.jsonl"
    path.write_bytes(b"")
    tail, events = Tail(path), []
    for portion in portions:
        with path.open("ab") as file:
            file.write(portion)
        events += tail.read()
    assert events == Tail(path).read()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the folder of an open file")
@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_a_log_comes_back_where_its_folder_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(events, "_LOOK_EVERY", 0.0)
    path = tmp_path / "run" / "events.jsonl"
    path.parent.mkdir()
    tail = Tail(path)
    with EventLog(path) as log:
        for _ in range(5):
            log.append({"type": "epoch"})
        assert len(tail.read()) == 5
        shutil.rmtree(path.parent) if how == "deleted" else path.parent.rename(tmp_path / "away")
        assert tail.read() == []
        log.append({"type": "finished"})
        log.append({"type": "more"})
    assert [(event["type"], event["seq"]) for event in tail.read()] == [("finished", 6), ("more", 7)]
