from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from designer.data.spec import DataSpec
from designer.graph.model import Network
from designer.graph.reading import network_from_json
from designer.jobs.client import WorkerProcess
from designer.jobs.specs import TrainJob
from designer.resources import resource
from designer.train.spec import TrainSpec


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What a worker keeps for itself lies in the tests' own folder."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("LAYERLOOM_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def digits() -> Network:
    """The bundled example: a small network for 8x8 digits."""
    return network_from_json(json.loads(resource("templates", "digits.json").read_bytes())["network"])


@pytest.fixture(scope="module")
def worker(home: Path) -> Iterator[WorkerProcess]:
    """One warm worker for all tests of a module."""
    process = WorkerProcess()
    process.start()
    yield process
    process.close()


@pytest.fixture
def training() -> Callable[..., TrainJob]:
    """A short training on the digits."""

    def make(epochs: int = 2, resume: Path | None = None, **settings: object) -> TrainJob:
        spec = TrainSpec.read({"epochs": epochs, "device": "cpu", **settings})
        data = DataSpec(source="digits", limit=400)
        return TrainJob(train=spec, data=data, resume=None if resume is None else str(resume))

    return make
