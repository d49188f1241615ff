"""A disk that refuses, or a folder that goes, in the middle of a run: nothing that was learned is lost."""

import shutil

import pytest
import torch

from designer.train.control import Control
from designer.train.events import Checkpointed, EpochEnded, Finished, Noted, Step
from designer.train.loop import train
from designer.train.spec import TrainSpec
from designer.train.state import newest_state
from tests.torch.train.train_cases import CLASSES, failed, finished, network, of, run

resource = pytest.importorskip("resource", reason="limits on the size of files are POSIX's")

SPEC = TrainSpec(epochs=3, batch_size=40, device="cpu", checkpoint_every=1, schedule="constant")


class Disk:
    """The system refuses files over 2 kB, as a disk without room refuses them."""

    def __init__(self):
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, self.before[1]))

    def free(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


@pytest.fixture
def disk():
    made = Disk()
    yield made
    made.free()


def noted(events, what):
    return [event for event in of(events, Noted) if event.what == what]


def test_a_full_disk_delays_checkpoints_and_the_run_goes_on(digits, tmp_path, disk):
    events, sound = [], None
    for event in train(network(), digits, SPEC, CLASSES, folder=tmp_path):
        events.append(event)
        if isinstance(event, Checkpointed) and event.iteration == 4:
            disk.fill()
        if isinstance(event, EpochEnded) and event.epoch == 2:
            state, older = newest_state(tmp_path)
            sound = state.progress.iteration, older
            disk.free()
    finished(events)
    assert sound == (4, ""), "the checkpoint from before is whole"
    (unsaved,), (saved,) = noted(events, "unsaved"), noted(events, "saved")
    assert unsaved.iteration == 5 and "The run goes on" in unsaved.text and "Free some space" in unsaved.text
    assert saved.iteration > 12
    assert not list((tmp_path / "checkpoints").glob(".*"))
    undisturbed = network()
    finished(run(undisturbed, digits, SPEC))
    kept = newest_state(tmp_path)[0].tensors["model"]
    assert all(torch.equal(kept[name], tensor) for name, tensor in undisturbed.state_dict().items())


def test_trained_weights_wait_for_room(digits, tmp_path, disk):
    module, events = network(), []
    for event in train(module, digits, SPEC, CLASSES, folder=tmp_path):
        events.append(event)
        if isinstance(event, Step) and event.iteration == 17:
            disk.fill()
        if isinstance(event, Noted) and "wait in memory" in event.text:
            disk.free()
    assert finished(events).weights and (tmp_path / "weights.safetensors").is_file()
    assert [event.what for event in of(events, Noted)] == ["unsaved", "unsaved", "saved"]


def test_a_person_may_give_the_weights_up(digits, tmp_path, disk):
    control, events = Control(), []
    for event in train(network(), digits, SPEC, CLASSES, folder=tmp_path, control=control):
        events.append(event)
        if isinstance(event, Step) and event.iteration == 17:
            disk.fill()
        if isinstance(event, Noted) and "wait in memory" in event.text:
            control.stop()
    assert "could not be written" in failed(events).message and not of(events, Finished)
    assert newest_state(tmp_path)[0].progress.iteration == 17 - 1


def test_a_deleted_folder_is_made_again(digits, tmp_path):
    folder = tmp_path / "run"
    events = []
    for event in train(network(), digits, SPEC, CLASSES, folder=folder):
        events.append(event)
        if isinstance(event, Step) and event.iteration == 7:
            shutil.rmtree(folder)
    finished(events)
    assert (folder / "weights.safetensors").is_file() and newest_state(folder)[0].progress.iteration == 18


def test_a_damaged_checkpoint_gives_way_to_the_one_before(digits, tmp_path):
    spec = SPEC.model_copy(update={"keep_checkpoints": 3})
    finished(run(network(), digits, spec, folder=tmp_path))
    for name in ("state.safetensors", "state-000000018.safetensors"):
        file = tmp_path / "checkpoints" / name
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content[: len(content) // 2])
    longer = spec.model_copy(update={"epochs": 4})
    events = run(network(seed=5), digits, longer, resume=tmp_path, folder=tmp_path)
    assert "of iteration 17" in noted(events, "older")[0].text
    assert of(events, Step)[0].iteration == 18
    whole = network()
    finished(run(whole, digits, longer))
    kept = newest_state(tmp_path)[0].tensors["model"]
    assert all(torch.equal(kept[name], tensor) for name, tensor in whole.state_dict().items())


def test_without_a_sound_checkpoint_nothing_is_taken_for_one(digits, tmp_path):
    finished(run(network(), digits, SPEC, folder=tmp_path))
    file = tmp_path / "checkpoints" / "state.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    assert "Use another checkpoint" in failed(run(network(), digits, SPEC, resume=tmp_path)).message
