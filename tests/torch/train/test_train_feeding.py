"""Runs whose samples are changed at random, or read from files while they train."""

import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.train import feeding
from designer.train.control import Control
from designer.train.events import Noted, Step, Validated
from designer.train.loop import train
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import CLASSES, failed, finished, network, of, run, same, weights

SPEC = TrainSpec(epochs=3, batch_size=40, learning_rate=0.01, device="cpu", checkpoint_every=4, seed=3)
STEPS = "crop:1,rotate:10,erase:0.5,randaugment:1:5"


@pytest.fixture
def folder(tmp_path):
    """300 digits as PNG files, in class folders."""
    digits = open_data(DataSpec(source="digits", limit=300))
    for index in range(len(digits.train)):
        place = tmp_path / "digits" / str(int(digits.train.labels[index]))
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(digits.train.raw(index)[..., 0]).save(place / f"{index:03}.png")
    return tmp_path / "digits"


def opened(folder, augment=""):
    return open_data(DataSpec(source=str(folder), augment=augment), (1, 8, 8), memory=1)


@pytest.fixture
def workers(monkeypatch):
    """As many as are asked for, not as many as measure best."""

    def use(number):
        monkeypatch.setattr(feeding, "worth", lambda rates, beside: number)
        monkeypatch.setattr(
            "designer.data.loading.Loader.rates", lambda self, order, cores: {1: 98.0, number: 310.0, 0: 100.0}
        )

    return use


@pytest.mark.parametrize("stop", [8, 13])
def test_a_stopped_run_with_augmentation_goes_on_bit_for_bit(tmp_path, stop):
    data = open_data(DataSpec(source="digits", limit=300, augment=STEPS))
    whole, broken = network(), network()
    finished(run(whole, data, SPEC, folder=tmp_path / "whole"))
    control = Control()
    for event in train(broken, data, SPEC, CLASSES, folder=tmp_path / "on", control=control):
        if isinstance(event, Step) and event.iteration == stop:
            control.stop()
    torch.manual_seed(99)
    again = network(seed=5)
    finished(run(again, data, SPEC, folder=tmp_path / "on", resume=tmp_path / "on"))
    assert same(weights(again), weights(whole))


def test_augmentation_changes_what_is_learned_and_the_seed_decides_how():
    plain, data = (open_data(DataSpec(source="digits", limit=300, augment=text)) for text in ("", STEPS))
    spec = SPEC.model_copy(update={"epochs": 1, "checkpoint_every": 0})
    losses = [[step.loss for step in of(run(network(), one, spec), Step)] for one in (plain, data, data)]
    assert losses[0] != losses[1] == losses[2]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_run_learns_the_same_however_its_pictures_are_read(folder, workers, number):
    workers(number)
    spec = SPEC.model_copy(update={"epochs": 2, "checkpoint_every": 0})
    expected, module = network(), network()
    kept = open_data(DataSpec(source=str(folder), augment=STEPS), (1, 8, 8))
    assert kept.in_memory
    want = of(run(expected, kept, spec), Validated)
    events = run(module, opened(folder, STEPS), spec)
    assert same(weights(module), weights(expected)) and of(events, Validated) == want
    told = [note.text for note in of(events, Noted) if note.what == "loading"]
    who = {0: "No workers read them: 100 a second", 1: "One worker reads them ahead", 3: "3 workers read them ahead"}
    assert len(told) == 1 and told[0].startswith("The pictures do not fit in memory") and who[number] in told[0]
    if number:
        assert told[0].endswith("310 a second instead of 100.")


def test_the_choice_is_measured(folder):
    spec = SPEC.model_copy(update={"epochs": 1, "checkpoint_every": 0})
    events = run(network(), opened(folder), spec)
    finished(events)
    (note,) = [note for note in of(events, Noted) if note.what == "loading"]
    assert note.iteration == 0 and "a second" in note.text


@pytest.mark.parametrize("number", [0, 2])
def test_a_picture_that_breaks_in_mid_run_is_counted_and_named(folder, workers, number):
    workers(number)
    data = opened(folder)
    path = Path(data.train.name(17))
    events = []
    for event in train(network(), data, SPEC, CLASSES):
        events.append(event)
        if isinstance(event, Step) and event.iteration == 1:
            path.write_bytes(path.read_bytes()[:40])
    finished(events)
    lost = [note.text for note in of(events, Noted) if note.what == "lost"]
    assert len(lost) == 1 and lost[0].startswith(f"{path} cannot be read any more: ")
    assert lost[0].endswith("Another sample takes its place.")
    assert [one.name for one in data.lost] == [str(path)]
    assert {step.epoch for step in of(events, Step)} == {1, 2, 3} and len(of(events, Step)) == 15


def test_many_lost_pictures_are_told_in_few_words(folder, workers):
    workers(1)
    data = opened(folder)
    for index in range(0, len(data.train), 3):
        Path(data.train.name(index)).unlink()
    lost = [note.text for note in of(run(network(), data, SPEC), Noted) if note.what == "lost"]
    assert len(data.lost) == 64 and len(lost) == 22 and lost[-1].startswith("64 samples cannot be read any more")


@pytest.mark.parametrize("number", [0, 2])
def test_a_data_set_that_is_unplugged_ends_the_run_and_leaves_its_weights(folder, tmp_path, workers, number):
    workers(number)
    data, away = opened(folder), tmp_path / "away"
    whole = network()
    finished(run(whole, data, SPEC, folder=tmp_path / "whole"))
    events = []
    for event in train(network(), data, SPEC, CLASSES, folder=tmp_path / "run"):
        events.append(event)
        if isinstance(event, Step) and event.iteration == 5:
            shutil.move(folder, away)
    end = failed(events)
    assert end.kind == "data" and end.message.startswith("The data set cannot be reached any more: ")
    assert (tmp_path / "run/checkpoints/state.safetensors").is_file()
    shutil.move(away, folder)
    again = network(seed=8)
    finished(run(again, opened(folder), SPEC, folder=tmp_path / "run", resume=tmp_path / "run"))
    assert same(weights(again), weights(whole))  # nothing of it was learned twice or lost


@pytest.mark.gpu
def test_pictures_reach_a_gpu_through_pinned_memory(folder, workers):
    workers(2)
    spec = SPEC.model_copy(update={"device": "cuda", "epochs": 1})
    finished(run(network(), opened(folder, STEPS), spec))
    kept = open_data(DataSpec(source=str(folder), augment=STEPS), (1, 8, 8))
    notes = [note.text for note in of(run(network(), kept, spec), Noted) if note.what == "loading"]
    assert len(notes) == 1 and "on the device" in notes[0]


@pytest.mark.gpu
def test_a_gpu_gets_the_same_batches_from_files_and_from_memory(folder):
    lazy, kept = opened(folder), open_data(DataSpec(source=str(folder)), (1, 8, 8))
    lazy.train.loader.start(2, pin=True)
    try:
        for batch in torch.arange(len(kept.train)).split(32):
            assert torch.equal(lazy.train.batch(batch, "cuda")[0], kept.train.batch(batch, "cuda")[0])
    finally:
        lazy.train.loader.close()
