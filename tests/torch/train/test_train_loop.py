"""What a run tells and does: learning, modes, commands."""

import itertools
import threading

import pytest
import torch

from designer.codegen.program import OutputInfo
from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.train.control import Control
from designer.train.events import (
    Checkpointed,
    EpochEnded,
    Finished,
    Paused,
    Resumed,
    Started,
    Step,
    Validated,
    from_dict,
    to_dict,
)
from designer.train.loop import train
from designer.train.run import BackgroundRun, unexpected
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import CLASSES, Pair, failed, finished, network, of, run, same, weights

QUICK = TrainSpec(epochs=2, batch_size=40, learning_rate=0.01, device="cpu")


def test_real_digits_are_learned():
    data = open_data(DataSpec(source="digits"))
    events = run(network(), data, TrainSpec(epochs=8, learning_rate=0.01, device="cpu"))
    assert finished(events).final_accuracy >= 0.95


def test_events_tell_the_whole_run(digits, tmp_path):
    events = run(network(), digits, QUICK, folder=tmp_path)
    assert isinstance(events[0], Started)
    assert (events[0].iterations_per_epoch, events[0].total_iterations) == (6, 12)
    assert [step.iteration for step in of(events, Step)] == list(range(1, 13))
    assert [step.epoch for step in of(events, Step)] == [1] * 6 + [2] * 6
    assert [(v.iteration, v.epoch) for v in of(events, Validated)] == [(6, 1), (12, 2)]
    assert [e.epoch for e in of(events, EpochEnded)] == [1, 2]
    assert of(events, EpochEnded)[-1].validation_accuracy == of(events, Validated)[-1].accuracy
    steps = of(events, Step)
    assert steps[0].learning_rate == 0.01 and steps[-1].learning_rate < 0.001
    assert all(a.elapsed <= b.elapsed for a, b in itertools.pairwise(steps))
    assert steps[-1].left == 0 and steps[0].left > 0 and steps[-1].samples_per_second > 0
    end = finished(events)
    assert (end.reason, end.iteration, end.epoch, end.weights) == ("completed", 12, 2, "weights.safetensors")
    assert end.best_accuracy == max(v.accuracy for v in of(events, Validated))
    assert [from_dict(to_dict(event)) for event in events] == events


def test_the_same_seed_gives_the_same_run_and_another_does_not(digits):
    first, second, third = network(), network(), network()
    run(first, digits, QUICK)
    run(second, digits, QUICK)
    run(third, digits, QUICK.model_copy(update={"seed": 1}))
    assert same(weights(first), weights(second))
    assert not same(weights(first), weights(third))


def test_how_often_is_validated_does_not_change_what_is_learned(digits):
    first, second = network(), network()
    run(first, digits, QUICK)
    events = run(second, digits, QUICK.model_copy(update={"validate_every": 5}))
    assert [v.iteration for v in of(events, Validated)] == [5, 10, 12]
    assert same(weights(first), weights(second))


def test_validation_puts_every_layer_back_in_its_mode(digits):
    module = network()
    events = train(module, digits, QUICK, CLASSES)
    for event in events:
        if isinstance(event, Started):
            continue
        if isinstance(event, Validated):
            assert all(layer.training for layer in module.modules())
            break
        assert module.training
    events.close()


def test_iterating_leaves_the_callers_gradient_mode_and_threads_alone(digits):
    before = torch.get_num_threads()
    for event in train(network(), digits, QUICK.model_copy(update={"threads": before + 1}), CLASSES):
        assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        if isinstance(event, Started):
            assert event.threads == before + 1
    assert torch.get_num_threads() == before


def test_regression_learns():
    torch.manual_seed(0)
    x = torch.randn(200, 4)
    y = x @ torch.tensor([1.0, -2.0, 0.5, 3.0]) + 1
    data = Pair((x[:160], y[:160]), (x[160:], y[160:]))
    outputs = [OutputInfo("value", "regression", "mse")]
    spec = TrainSpec(epochs=30, batch_size=16, learning_rate=0.05, optimizer="adam", device="cpu")
    events = run(torch.nn.Linear(4, 1), data, spec, outputs)
    end = finished(events)
    assert end.final_loss < 0.01 and end.final_accuracy is None and end.best_accuracy is None
    assert of(events, Step)[0].accuracy is None and of(events, EpochEnded)[0].accuracy is None


def test_without_validation_samples_the_run_completes(tmp_path):
    x, y = torch.randn(20, 3), torch.arange(20) % 2
    data = Pair((x, y), (x[:0], y[:0]))
    events = run(torch.nn.Linear(3, 2), data, QUICK, [OutputInfo("c", "classification", "cross_entropy", 2)])
    assert finished(events).final_accuracy is None
    assert of(events, EpochEnded)[0].validation_loss is None


class Twins(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)

    def forward(self, x):
        return self.first(x), self.second(x)


TWO = [OutputInfo(name, "classification", "cross_entropy", 2) for name in ("main", "helper")]


def test_the_weights_of_a_run_stand_before_those_of_the_outputs():
    x, y = torch.randn(20, 3), torch.arange(20) % 2
    data = Pair((x, y), (x, y))
    torch.manual_seed(0)
    module = Twins()
    before = weights(module)
    spec = QUICK.model_copy(update={"output_weights": {"main": 1.0}})
    finished(run(module, data, spec, TWO))
    after = weights(module)
    assert torch.equal(before["second.weight"], after["second.weight"])
    assert not torch.equal(before["first.weight"], after["first.weight"])
    spec = QUICK.model_copy(update={"output_weights": {"main": 1.0, "helper": 0.3}})
    finished(run(module, data, spec, TWO))
    assert not torch.equal(before["second.weight"], weights(module)["second.weight"])
    assert (
        "no output “other”"
        in failed(run(module, data, QUICK.model_copy(update={"output_weights": {"other": 1.0}}), TWO)).message
    )


# ---------------------------------------------------------------- commands


def act_at(events, iteration, action):
    """Iterate ``events`` and act once when step ``iteration`` is told; the events."""
    told = []
    for event in events:
        told.append(event)
        if isinstance(event, Step) and event.iteration == iteration:
            action()
    return told


def test_stop_acts_before_the_next_iteration_and_keeps_the_latest_weights(digits, tmp_path):
    control, module = Control(), network()
    events = act_at(train(module, digits, QUICK, CLASSES, control=control, folder=tmp_path), 8, control.stop)
    end = finished(events)
    assert (end.reason, end.iteration, end.epoch) == ("stopped", 8, 2)
    assert of(events, Step)[-1].iteration == 8
    from safetensors.torch import load_file

    for name in ("weights.safetensors", "checkpoints/last.safetensors"):
        assert same(load_file(tmp_path / name), weights(module))


def test_stop_is_heard_in_the_middle_of_a_validation(digits):
    control = Control()
    batches = []

    class Watched:
        def __len__(self):
            return len(digits.validation)

        def batch(self, indices, device):
            batches.append(indices)
            control.stop()
            return digits.validation.batch(indices, device)

    watched = Pair((torch.zeros(0),) * 2, (torch.zeros(0),) * 2)
    watched.train, watched.validation = digits.train, Watched()
    spec = QUICK.model_copy(update={"batch_size": 20})
    module = network()
    batches.clear()
    events = act_at(train(module, watched, spec, CLASSES, control=Control()), 10**9, None)
    assert len(batches) > 3 + 3  # looking for labels, and a validation
    batches.clear()
    control = Control()
    watched.validation.labels = digits.validation.labels
    events = list(train(module, watched, spec, CLASSES, control=control))
    assert finished(events).reason == "stopped" and len(batches) == 1 and not of(events, Validated)
    assert module.training


@pytest.mark.parametrize("outside", [False, True], ids=["own", "polled"])
def test_pause_and_resume_from_another_thread(digits, outside):
    said = ["run"]
    control = Control(poll=lambda: said[0], interval=0.01) if outside else Control()

    def command(word):
        if outside:
            said[0] = word
        else:
            {"pause": control.pause, "run": control.resume, "stop": control.stop}[word]()

    told, paused, ended = [], threading.Event(), threading.Event()

    def sink(event):
        told.append(event)
        if isinstance(event, Step) and event.iteration == 3:
            command("pause")
        if isinstance(event, Paused):
            paused.set()
        if isinstance(event, Finished):
            ended.set()

    module, plain = network(), network()
    background = BackgroundRun(train(module, digits, QUICK, CLASSES, control=control), sink, unexpected)
    background.start()
    assert paused.wait(20)
    assert of(told, Step)[-1].iteration == 3 and told[-1] == Paused(3)
    assert not ended.is_set() and background.alive
    command("run")
    assert ended.wait(20) and background.join(5)
    assert Resumed(3) in told and finished(told).reason == "completed"
    run(plain, digits, QUICK)
    assert same(weights(plain), weights(module))


def test_stop_ends_a_pause(digits):
    control, told, paused = Control(), [], threading.Event()

    def sink(event):
        told.append(event)
        if isinstance(event, Paused):
            paused.set()

    control.pause()
    background = BackgroundRun(train(network(), digits, QUICK, CLASSES, control=control), sink, unexpected)
    background.start()
    assert paused.wait(20)
    control.stop()
    assert background.join(20)
    assert finished(told).iteration == 0 and not of(told, Resumed)


def test_a_pause_does_not_count_as_training_time(digits):
    clock, interval = iter(range(10**6)), 0.3

    def poll():  # answers "pause" three times, an interval apart
        return "pause" if 3 <= next(clock) <= 5 else "run"

    events = run(network(), digits, QUICK, control=Control(poll=poll, interval=interval))
    before = next(e for e in events if isinstance(e, Step) and e.iteration == of(events, Paused)[0].iteration)
    after = next(e for e in events if isinstance(e, Step) and e.iteration == before.iteration + 1)
    assert after.elapsed - before.elapsed < 2 * interval  # the pause alone took longer


def test_an_unexpected_exception_reaches_the_sink(caplog):
    def broken():
        yield Paused(1)
        raise KeyError("odd")

    told = []
    background = BackgroundRun(broken(), told.append, unexpected)
    background.start()
    assert background.join(5)
    assert told[0] == Paused(1) and "KeyError" in failed(told).message
    assert isinstance(background.error, KeyError) and "Traceback" in caplog.text


def test_a_broken_sink_ends_the_run_and_closes_the_generator(caplog):
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield Paused(1)
        finally:
            closed.set()

    def sink(event):
        raise ValueError("no")

    background = BackgroundRun(endless(), sink, unexpected)
    background.start()
    assert background.join(5) and closed.is_set()
    assert isinstance(background.error, ValueError)


def test_checkpoints_are_told(digits, tmp_path):
    events = run(network(), digits, QUICK.model_copy(update={"checkpoint_every": 4}), folder=tmp_path)
    told = of(events, Checkpointed)
    assert [c.iteration for c in told if not c.best] == [4, 8, 12]
    assert any(c.best for c in told) and all((tmp_path / c.path).is_file() for c in told)
