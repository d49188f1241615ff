"""What a person asks of a run while it goes is done before the next iteration, and told."""

import threading

import pytest

from designer.train.control import Control, Order
from designer.train.events import Checkpointed, Noted, Paused, Resumed, Step, Validated
from designer.train.loop import train
from designer.train.run import BackgroundRun, unexpected
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import CLASSES, Pair, finished, network, of, run, same, weights
from tests.torch.train.train_cases import digits as samples

SPEC = TrainSpec(epochs=3, batch_size=40, learning_rate=0.04, schedule="constant", device="cpu")


def asked_at(digits, iteration, *orders, spec=SPEC, module=None, folder=None):
    """A run that is asked for these after step ``iteration``; its events."""
    control, told = Control(), []
    for event in train(module or network(), digits, spec, CLASSES, control=control, folder=folder):
        told.append(event)
        if isinstance(event, Step) and event.iteration == iteration:
            for order in orders:
                control.ask(order) if isinstance(order, Order) else order(control)
    return told


def before_the_next_step(told, iteration):
    """What was told between two steps."""
    numbers = [event.iteration if isinstance(event, Step) else None for event in told]
    return told[numbers.index(iteration) + 1 : numbers.index(iteration + 1)]


@pytest.mark.parametrize(
    ("order", "rate"), [(Order("rate", 0.01), 0.01), (Order("scale", 0.5), 0.02), (Order("scale", 10), 0.4)]
)
def test_the_learning_rate_changes_with_the_next_iteration(digits, order, rate):
    told = asked_at(digits, 4, order)
    (note,) = before_the_next_step(told, 4)
    assert note == Noted(4, "rate", f"The learning rate is {rate:.3g} from iteration 5 on.")
    rates = [step.learning_rate for step in of(told, Step)]
    assert rates[:4] == [0.04] * 4 and rates[4:] == pytest.approx([rate] * 14)


def test_a_schedule_goes_on_from_a_changed_rate(digits):
    spec = SPEC.model_copy(update={"schedule": "cosine"})
    plain = [step.learning_rate for step in of(run(network(), digits, spec), Step)]
    told = asked_at(digits, 4, Order("rate", 0.1), Order("scale", 0.5), spec=spec)
    rates = [step.learning_rate for step in of(told, Step)]
    assert rates[:4] == plain[:4] and rates[4] == pytest.approx(0.05)
    assert rates[4:] == pytest.approx([rate * 0.05 / plain[4] for rate in plain[4:]])


def test_too_much_is_refused_in_a_sentence(digits):
    told = asked_at(digits, 4, Order("scale", 1e6))
    assert of(told, Noted)[0].what == "refused" and "stays as it is" in of(told, Noted)[0].text
    assert {step.learning_rate for step in of(told, Step)} == {0.04}


def test_a_checkpoint_is_written_at_once(digits, tmp_path):
    told = asked_at(digits, 4, Order("checkpoint"), folder=tmp_path)
    saved, note = before_the_next_step(told, 4)
    assert isinstance(saved, Checkpointed) and saved.iteration == 4 and note.what == "checkpoint"
    assert "nothing" in of(asked_at(digits, 4, Order("checkpoint")), Noted)[0].text.lower()


def test_a_checkpoint_and_a_validation_change_nothing_of_what_is_learned(digits, tmp_path):
    plain, ours = network(), network()
    run(plain, digits, SPEC)
    told = asked_at(digits, 4, Order("checkpoint"), Order("validate"), module=ours, folder=tmp_path)
    assert same(weights(plain), weights(ours))
    assert [event.iteration for event in of(told, Validated)] == [4, 6, 12, 18]
    assert "Validated after iteration 4: loss" in of(told, Noted)[1].text


def test_a_validation_that_was_made_just_now_is_only_told(digits):
    told = asked_at(digits, 6, Order("validate"))
    assert [event.iteration for event in of(told, Validated)] == [6, 12, 18]
    assert of(told, Noted)[0].text.startswith("Validated after iteration 6")


def test_what_is_asked_for_does_not_cost_patience(digits):
    spec = SPEC.model_copy(update={"early_stop": "loss", "patience": 2, "min_change": 100.0})
    told = asked_at(digits, 2, Order("validate"), spec=spec)
    assert finished(told).iteration == finished(run(network(), digits, spec)).iteration == 18


@pytest.mark.parametrize("best", [True, False])
def test_stopping_keeps_what_was_asked_for(digits, tmp_path, best):
    spec = SPEC.model_copy(update={"learning_rate": 0.5, "validate_every": 1})
    told = asked_at(digits, 15, lambda control: control.stop(best), spec=spec, folder=tmp_path)
    end, seen = finished(told), of(told, Validated)
    wanted = max(seen, key=lambda v: (v.accuracy, -v.loss)).iteration if best else 15
    assert (end.reason, end.iteration, end.kept) == ("stopped", 15, "best" if best else "latest")
    assert end.kept_iteration == wanted and (not best or wanted < 15)


def test_without_a_validation_the_latest_are_the_best_there_are(digits):
    told = asked_at(digits, 3, lambda control: control.stop(True))
    assert (finished(told).kept, finished(told).kept_iteration) == ("latest", 3)


def test_a_paused_run_does_what_it_is_asked_and_waits_on(digits, tmp_path):
    control, told, paused, noted = Control(), [], threading.Event(), threading.Event()

    def sink(event):
        told.append(event)
        if isinstance(event, Step) and event.iteration == 3:
            control.pause()
        if isinstance(event, Paused):
            paused.set()
        if isinstance(event, Noted) and event.what == "validation":
            noted.set()

    events = train(network(), digits, SPEC, CLASSES, control=control, folder=tmp_path)
    background = BackgroundRun(events, sink, unexpected)
    background.start()
    assert paused.wait(20)
    for order in (Order("rate", 0.01), Order("checkpoint"), Order("validate")):
        control.ask(order)
    assert noted.wait(20)
    assert [note.what for note in of(told, Noted)] == ["rate", "checkpoint", "validation"]
    assert not of(told, Resumed) and of(told, Step)[-1].iteration == 3
    control.resume()
    assert background.join(20) and len(of(told, Paused)) == len(of(told, Resumed)) == 1
    assert of(told, Step)[3].learning_rate == pytest.approx(0.01)


def test_nothing_to_validate_on_is_said(tmp_path):
    data = samples(60)
    x, y = data.train.batch(slice(0, 40), "cpu")
    told = asked_at(Pair((x, y), (x[:0], y[:0])), 1, Order("validate"), spec=SPEC.model_copy(update={"batch_size": 20}))
    assert of(told, Noted)[0].what == "refused"
