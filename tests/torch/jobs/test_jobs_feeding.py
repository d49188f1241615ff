"""A training whose pictures are read from files while it runs, as a job: what is kept with it, and what is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.graph.model import Network
from designer.jobs.client import run_here
from designer.jobs.specs import TrainJob
from designer.jobs.tasks import train as task
from designer.train.events import Event, Step
from designer.train.spec import TrainSpec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    digits = open_data(DataSpec(source="digits", limit=150))
    for index in range(len(digits.train)):
        place = tmp_path / "digits" / str(int(digits.train.labels[index]))
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(digits.train.raw(index)[..., 0]).save(place / f"{index:03}.png")
    return tmp_path / "digits"


def test_a_picture_lost_on_the_way_is_listed_with_the_run(
    folder: Path, tmp_path: Path, digits: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[Path] = []
    train = task.train

    def losing(module: Any, data: Any, *others: Any, **more: Any) -> Iterator[Event]:
        for event in train(module, data, *others, **more):
            if isinstance(event, Step) and not lost:
                lost.append(Path(data.train.name(3)))
                lost[0].unlink()
            yield event

    monkeypatch.setattr(task, "train", losing)
    monkeypatch.setattr("designer.data.open._MAX_MEMORY", 1)
    data = DataSpec.model_validate({"source": str(folder), "augment": "crop:1"})
    job = TrainJob(train=TrainSpec(epochs=2, batch_size=24, device="cpu"), data=data)
    before = set(threading.enumerate())
    handle = run_here(job, digits, tmp_path / "run")
    handle.wait()
    assert handle.outcome is not None and handle.outcome["type"] == "finished", handle.outcome
    notes = {e["what"]: e["text"] for e in handle.folder.tail().read(1 << 30) if e["type"] == "noted"}
    assert "read" in notes["loading"] and notes["lost"].startswith(str(lost[0]))
    facts = handle.folder.data_facts()
    assert facts is not None and not facts["in_memory"] and facts["skipped"] == 1
    assert [one["name"] for one in facts["skipped_list"]] == [str(lost[0])]
    assert not [one for one in threading.enumerate() if one not in before and one.is_alive() and "read" in one.name]
