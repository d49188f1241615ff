"""What is on disk: whole files at any moment, and a state that goes on in another process bit for bit."""

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from designer.errors import FileDamaged, TrainError
from designer.train import checkpoint, randomness
from designer.train.checkpoint import load_tensors, save_tensors, sweep
from designer.train.events import EpochEnded, Started, Step, Validated
from designer.train.loop import train
from designer.train.spec import TrainSpec
from designer.train.state import STATE, find_state
from tests.torch.train.train_cases import CLASSES, failed, finished, network, of, run, same, weights

HERE = Path(__file__).parent
SPEC = TrainSpec(epochs=3, batch_size=40, learning_rate=0.01, device="cpu", checkpoint_every=4, seed=3)  # 6 an epoch


def break_off(folder, spec, digits, iteration):
    """A run that is gone after ``iteration``, without a word."""
    events = train(network(), digits, spec, CLASSES, folder=folder)
    for event in events:
        if isinstance(event, Step) and event.iteration == iteration:
            break
    events.close()


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_going_on_in_a_new_process_in_mid_epoch_is_equal_bit_for_bit(digits, tmp_path, optimizer):
    spec = SPEC.model_copy(update={"optimizer": optimizer, "schedule": "one_cycle"})
    whole = network()
    finished(run(whole, digits, spec, folder=tmp_path / "whole"))
    break_off(tmp_path / "broken", spec, digits, 9)  # the last checkpoint is of iteration 8, in the second epoch
    subprocess.run(
        [
            sys.executable,
            HERE / "train_resume_process.py",
            tmp_path / "broken",
            tmp_path / "on",
            spec.model_dump_json(),
        ],
        check=True,
        env={"PYTHONPATH": str(HERE.parents[2]), "PATH": ""},
    )
    resumed = load_file(tmp_path / "on/weights.safetensors")
    assert same(resumed, weights(whole))
    left, right = (load_tensors(tmp_path / name / STATE)[0] for name in ("whole", "on"))
    assert same(left, right)  # optimiser and random generators as well
    for name in ("last", "best"):
        file = f"checkpoints/{name}.safetensors"
        assert same(load_file(tmp_path / "whole" / file), load_file(tmp_path / "on" / file))


def test_the_events_of_a_run_that_goes_on_are_those_of_the_whole_run(digits, tmp_path):
    whole = run(network(), digits, SPEC)
    break_off(tmp_path, SPEC, digits, 9)
    events = run(network(seed=9), digits, SPEC, resume=tmp_path, folder=tmp_path)
    assert of(events, Started)[0].start_iteration == 8
    numbers = [(step.iteration, step.epoch, step.loss, step.accuracy, step.learning_rate) for step in of(whole, Step)]
    assert [(s.iteration, s.epoch, s.loss, s.accuracy, s.learning_rate) for s in of(events, Step)] == numbers[8:]
    assert of(events, Validated) == of(whole, Validated)[1:]
    (second, third), (_, second_whole, third_whole) = of(events, EpochEnded), of(whole, EpochEnded)
    assert (second.loss, second.accuracy) == (second_whole.loss, second_whole.accuracy)  # the first half included
    assert third.loss == third_whole.loss
    assert finished(events).best_accuracy == finished(whole).best_accuracy


def test_a_stopped_run_goes_on_and_a_longer_one_may_follow(digits, tmp_path):
    from designer.train.control import Control

    control = Control()
    control.stop()
    assert finished(run(network(), digits, SPEC, control=control, folder=tmp_path)).iteration == 0
    assert finished(run(network(), digits, SPEC, resume=tmp_path, folder=tmp_path)).iteration == 18
    longer = SPEC.model_copy(update={"epochs": 4})
    events = run(network(), digits, longer, resume=tmp_path / "checkpoints", folder=tmp_path)
    assert (of(events, Started)[0].start_iteration, finished(events).iteration) == (18, 24)
    assert finished(run(network(), digits, SPEC, resume=tmp_path / STATE)).reason == "completed"  # nothing left to do


def test_the_best_weights_are_those_of_the_best_validation(digits, tmp_path):
    spec = SPEC.model_copy(update={"learning_rate": 0.5, "schedule": "constant", "validate_every": 1})
    module, kept = network(), {}
    told = []
    for event in train(module, digits, spec, CLASSES, folder=tmp_path):
        if isinstance(event, Validated):
            told.append(event)
            kept[event.iteration] = weights(module)
    best = max(told, key=lambda v: (v.accuracy, -v.loss))
    assert best.iteration != 18  # otherwise this test shows nothing
    assert same(load_file(tmp_path / "checkpoints/best.safetensors"), kept[best.iteration])
    assert load_tensors(tmp_path / "checkpoints/best.safetensors")[1]["iteration"] == str(best.iteration)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"batch_size": 20}, "batch size 40, but shall go on with 20"),
        ({"seed": 4}, "seed 3"),
        ({"optimizer": "sgd"}, "optimiser adamw"),
    ],
)
def test_a_run_cannot_go_on_with_other_settings(digits, tmp_path, change, words):
    break_off(tmp_path, SPEC, digits, 5)
    error = failed(run(network(), digits, SPEC.model_copy(update=change), resume=tmp_path))
    assert words in error.message


def test_a_run_cannot_go_on_with_another_network(digits, tmp_path):
    break_off(tmp_path, SPEC, digits, 5)
    other = network(classes=11)
    before = weights(other)
    assert "6.weight" in failed(run(other, digits, SPEC, resume=tmp_path)).message
    assert same(before, weights(other))


@pytest.mark.parametrize("damage", ["empty", "cut", "no state", "other json", "flipped"])
def test_a_damaged_state_is_one_sentence(digits, tmp_path, damage):
    break_off(tmp_path, SPEC, digits, 5)
    path = tmp_path / STATE
    data = path.read_bytes()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "no state":
        save_tensors(path, {"a": torch.zeros(1)}, {})
    elif damage == "other json":
        save_tensors(path, {"a": torch.zeros(1)}, {"layerloom_state": '{"version": 1}'})
    else:
        tensors, metadata = load_tensors(path)
        tensors["optimizer.77.exp_avg"] = torch.zeros(3)
        save_tensors(path, tensors, metadata)
    error = failed(run(network(), digits, SPEC, resume=tmp_path))
    assert "another checkpoint" in error.message


def test_without_a_checkpoint_there_is_nothing_to_go_on_from(digits, tmp_path):
    assert "no checkpoint" in failed(run(network(), digits, SPEC, resume=tmp_path)).message
    with pytest.raises(TrainError):
        find_state(tmp_path / "gone")


def test_a_checkpoint_is_on_the_disk_before_it_takes_the_old_ones_place(tmp_path, monkeypatch):
    target, told, sync = tmp_path / "last.safetensors", [], checkpoint._sync
    monkeypatch.setattr(checkpoint, "_sync", lambda path: (told.append((path, target.exists())), sync(path)))
    save_tensors(target, {"a": torch.zeros(2)}, {})
    (written, early), (folder, late) = told
    assert written.parent == tmp_path and written != target and not early
    assert folder == tmp_path and late


def test_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "weights.safetensors"
    for pause in (0.011, 0.023):
        writer = subprocess.Popen(
            [sys.executable, HERE / "train_saving_process.py", path],
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(HERE.parents[2]), "PATH": ""},
        )
        assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + pause
        while time.monotonic() < deadline:
            pass
        writer.kill()
        writer.communicate()
        tensors, metadata = load_tensors(path)
        assert torch.equal(tensors["a"], torch.full((500_000,), float(metadata["number"])))
    sweep(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_new_run_sweeps_what_a_killed_one_left(digits, tmp_path):
    (tmp_path / "checkpoints").mkdir()
    orphan = tmp_path / "checkpoints/.last.safetensors.4711.partial"
    orphan.write_bytes(b"half")
    run(network(), digits, SPEC.model_copy(update={"epochs": 1}), folder=tmp_path)
    assert not orphan.exists()


def test_a_file_that_cannot_be_replaced_stays(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    (path / "inside").write_text("keep")
    with pytest.raises(TrainError, match="could not be written"):
        save_tensors(path, {"a": torch.zeros(1)}, {})
    assert (path / "inside").read_text() == "keep" and [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_tied_and_transposed_weights_can_be_saved(tmp_path):
    shared = torch.arange(6.0).reshape(2, 3)
    save_tensors(tmp_path / "w", {"a": shared, "b": shared, "c": shared.t()}, {"k": "v"})
    tensors, metadata = load_tensors(tmp_path / "w")
    assert torch.equal(tensors["c"], shared.t()) and torch.equal(tensors["b"], shared) and metadata == {"k": "v"}
    (tmp_path / "w").write_bytes(b"\xff" * 100)
    with pytest.raises(FileDamaged):
        load_tensors(tmp_path / "w")


def test_random_generators_go_on_where_they_were():
    def draw():
        return random.random(), random.gauss(), np.random.rand(), np.random.randn(), torch.rand(3).tolist()

    cpu = torch.device("cpu")
    randomness.seed_all(7)
    draw()
    random.gauss()
    state = randomness.state(cpu)
    expected = draw()
    randomness.seed_all(1)
    randomness.restore(*state, cpu)
    assert draw() == expected
