"""A run that was stopped or lost anywhere and goes on is, bit for bit, the run that was never stopped."""

import json
import random

import pytest
from safetensors.torch import load_file

from designer.train.checkpoint import load_tensors
from designer.train.control import Control, Order
from designer.train.events import Finished, Step, Validated
from designer.train.loop import train
from designer.train.parts import OPTIMIZERS, SCHEDULES
from designer.train.spec import TrainSpec
from designer.train.state import STATE
from tests.torch.train.train_cases import CLASSES, failed, finished, network, run, same, weights

COMBINATIONS = 12


def drawn(number):
    """A recipe, drawn of all parts that remember something; the same in every process."""
    dice = random.Random(number)
    names = [*OPTIMIZERS]
    return TrainSpec(
        epochs=3,
        batch_size=dice.choice([35, 40]),
        learning_rate=0.02,
        device="cpu",
        checkpoint_every=1,
        seed=number,
        optimizer=names[number % len(names)],
        momentum=dice.choice([0.0, 0.9]),
        nesterov=dice.random() < 0.5,
        schedule=dice.choice([*SCHEDULES, "plateau", "plateau"]),
        plateau_patience=1,
        gamma=0.5,
        min_change=dice.choice([0.0, 0.3]),
        warmup_length=dice.choice([0, 5]),
        warmup_unit="iterations",
        accumulate=dice.choice([1, 2, 3, 4]),
        clip_norm=dice.choice([0.0, 0.5]),
        label_smoothing=dice.choice([0.0, 0.1]),
        class_weights=dice.choice(["none", "balanced"]),
        mixup=dice.choice([0.0, 0.2]),
        cutmix=dice.choice([0.0, 1.0]),
        ema=dice.choice([0.0, 0.7, 0.9]),
        validate_every=dice.choice([0, 2, 5]),
        early_stop=dice.choice(["off", "loss", "accuracy"]),
        patience=dice.choice([1, 4]),
        best_by=dice.choice(["auto", "loss", "accuracy"]),
        result=dice.choice(["auto", "latest", "best"]),
        keep_checkpoints=dice.choice([1, 3]),
        metrics=dice.choice([(), ("f1",), ("top3", "kappa")]),
    )


def state_of(folder):
    """All that a state holds, but for the time that it took."""
    tensors, metadata = load_tensors(folder / STATE)
    record = json.loads(metadata["layerloom_state"])
    for clock in ("elapsed", "epoch_began"):
        del record["progress"][clock]
    return tensors, {key: value for key, value in record.items() if key != "spec"}


def break_off(folder, spec, digits, dice):
    """A run that ends somewhere: lost without a word, or stopped by a person, in mid-epoch or mid-validation."""
    control, at, how = Control(), dice.randint(1, 16), dice.choice(["lost", "stopped", "in a validation"])
    watched = _Watched(digits, control, at) if how == "in a validation" else digits
    for event in train(network(), watched, spec, CLASSES, folder=folder, control=control):
        if isinstance(event, Step) and event.iteration == at and how == "stopped":
            control.stop()
        if isinstance(event, Step) and event.iteration == at + 1 and how == "lost":
            return


class _Watched:
    """Data whose validation is interrupted, the first time that it comes after so many batches."""

    def __init__(self, data, control, after):
        self.train, self.classes = data.train, data.classes
        outer, self._left = self, after

        class Train:
            labels = data.train.labels
            __len__ = staticmethod(lambda: len(data.train))

            @staticmethod
            def batch(indices, device):
                outer._left -= 1
                return data.train.batch(indices, device)

        class Validation:
            labels = data.validation.labels
            __len__ = staticmethod(lambda: len(data.validation))

            @staticmethod
            def batch(indices, device):
                if outer._left <= 0:
                    control.stop()
                return data.validation.batch(indices, device)

        self.train, self.validation = Train(), Validation()


@pytest.mark.parametrize("number", range(COMBINATIONS))
def test_it_does_not_matter_where_a_run_was_broken_off(digits, tmp_path, number):
    spec, dice = drawn(number), random.Random(1000 + number)
    whole, again = network(), network(seed=7)
    end = finished(run(whole, digits, spec, folder=tmp_path / "whole"))
    break_off(tmp_path / "broken", spec, digits, dice)
    resumed = finished(run(again, digits, spec, resume=tmp_path / "broken", folder=tmp_path / "broken"))
    assert (resumed.reason, resumed.iteration, resumed.kept) == (end.reason, end.iteration, end.kept)
    assert (resumed.kept_iteration, resumed.final_loss) == (end.kept_iteration, end.final_loss)
    left, right = state_of(tmp_path / "whole"), state_of(tmp_path / "broken")
    assert same(left[0], right[0]) and left[1] == right[1]
    assert same(weights(whole), weights(again))
    for name in ("weights.safetensors", "checkpoints/best.safetensors"):
        assert same(load_file(tmp_path / "whole" / name), load_file(tmp_path / "broken" / name))


def test_the_draw_covers_every_part():
    specs = [drawn(number) for number in range(COMBINATIONS)]
    assert {spec.optimizer for spec in specs} == set(OPTIMIZERS)
    for part in ("mixup", "cutmix", "ema", "clip_norm", "label_smoothing", "warmup_length"):
        assert {bool(getattr(spec, part)) for spec in specs} == {True, False}, part
    for part in ("early_stop", "class_weights", "accumulate", "validate_every", "result"):
        assert len({getattr(spec, part) for spec in specs}) > 1, part
    assert "plateau" in {spec.schedule for spec in specs}


def test_gradients_that_wait_for_their_step_are_kept(digits, tmp_path):
    spec = drawn(0).model_copy(update={"accumulate": 4, "early_stop": "off"})
    events = train(network(), digits, spec, CLASSES, folder=tmp_path)
    for event in events:
        if isinstance(event, Step) and event.iteration == 3:
            break
    events.close()
    tensors = load_tensors(tmp_path / STATE)[0]
    assert any(name.startswith("gradient.") for name in tensors)
    error = failed(run(network(), digits, spec.model_copy(update={"accumulate": 2}), resume=tmp_path))
    assert "batches per step 4, but shall go on with 2" in error.message


def test_a_changed_rate_is_part_of_what_goes_on(digits, tmp_path):
    spec = TrainSpec(epochs=2, batch_size=40, device="cpu", checkpoint_every=1, learning_rate=0.05)
    whole, control = network(), Control()
    for event in train(whole, digits, spec, CLASSES, control=control):
        if isinstance(event, Step) and event.iteration == 3:
            control.ask(Order("scale", 0.25))
    control = Control()
    events = train(network(), digits, spec, CLASSES, control=control, folder=tmp_path)
    for event in events:
        if isinstance(event, Step) and event.iteration == 3:
            control.ask(Order("scale", 0.25))
        if isinstance(event, Step) and event.iteration == 8:
            break
    events.close()
    again = network(seed=3)
    finished(run(again, digits, spec, resume=tmp_path))
    assert same(weights(whole), weights(again))


def test_a_run_goes_on_from_an_earlier_checkpoint(digits, tmp_path):
    spec = TrainSpec(epochs=3, batch_size=40, device="cpu", checkpoint_every=2, keep_checkpoints=3, learning_rate=0.05)
    whole = network()
    finished(run(whole, digits, spec, folder=tmp_path))
    kept = sorted(path.name for path in (tmp_path / "checkpoints").glob("state-*"))
    assert kept == [f"state-{number:09}.safetensors" for number in (14, 16, 18)]
    best = load_file(tmp_path / "checkpoints/best.safetensors")
    again = network(seed=4)
    finished(run(again, digits, spec, resume=tmp_path / "checkpoints" / kept[0], folder=tmp_path))
    assert same(weights(whole), weights(again))
    assert same(best, load_file(tmp_path / "checkpoints/best.safetensors"))


def test_checkpoints_come_by_epochs_and_by_minutes(digits, tmp_path, monkeypatch):
    def saved(**change):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        spec = TrainSpec(epochs=4, batch_size=40, device="cpu", validate_every=100, **change)
        events = run(network(), digits, spec, folder=folder)
        return [e.iteration for e in events if e.type == "checkpoint" and not e.best]

    assert saved(checkpoint_epochs=2) == [12, 24]
    assert saved(checkpoint_epochs=3, checkpoint_every=10) == [10, 18, 20, 24]
    clock = iter(range(0, 10**9, 20))  # seconds: each look at the clock is 20 s later
    monkeypatch.setattr("designer.train.keep.time.monotonic", lambda: next(clock))
    told = saved(checkpoint_minutes=5)
    assert 1 < len(told) < 24


def test_a_validation_that_was_broken_off_is_made_up_for(digits, tmp_path):
    spec = TrainSpec(epochs=2, batch_size=20, device="cpu")
    control = Control()
    events = list(train(network(), _Watched(digits, control, 12), spec, CLASSES, folder=tmp_path, control=control))
    assert isinstance(events[-1], Finished) and events[-1].reason == "stopped" and events[-1].iteration == 12
    assert not [event for event in events if isinstance(event, Validated)]
    events = run(network(), digits, spec, resume=tmp_path, folder=tmp_path)
    kinds = [event.type for event in events if event.type not in ("step", "machine", "checkpoint", "health", "maps")]
    assert kinds == ["started", "validated", "epoch", "validated", "epoch", "finished"]
    assert [event.iteration for event in events if isinstance(event, Validated)] == [12, 24]
