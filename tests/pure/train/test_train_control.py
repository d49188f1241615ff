import threading

import pytest

from designer.errors import UsageError
from designer.train.control import Control, Order, parse_order


def test_commands_are_heard_in_order():
    control = Control()
    assert control.wanted() == "run"
    control.pause()
    assert control.wanted() == "pause"
    control.resume()
    assert control.wanted() == "run"


def test_stop_is_final():
    control = Control()
    control.stop()
    control.resume()
    assert control.wanted() == "stop"
    control.pause()
    assert control.wait_while_paused() == "stop"


@pytest.mark.parametrize(("command", "result"), [("resume", "run"), ("stop", "stop")])
def test_waiting_ends_at_a_command_from_another_thread(command, result):
    control = Control()
    control.pause()
    waiting, heard = threading.Event(), []

    def wait():
        waiting.set()
        heard.append(control.wait_while_paused())

    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(5)
    getattr(control, command)()
    thread.join(5)
    assert heard == [result]


def test_the_outside_voice_is_polled_without_a_spin():
    answers = iter(["run", "pause", "pause", "pause", "run", "stop", "run"])
    control = Control(poll=lambda: next(answers), interval=0.01)
    assert control.wanted() == "run"
    assert control.wanted() == "pause"
    assert control.wait_while_paused() == "run"  # two polls that say pause, one that says run
    assert control.wanted() == "stop"
    assert control.wanted() == "stop"  # not asked again


def test_the_stronger_voice_counts():
    said = "run"
    control = Control(poll=lambda: said, interval=0.01)
    control.pause()
    assert control.wanted() == "pause"
    control.resume()
    said = "pause"
    assert control.wanted() == "pause"
    said = "jump"
    with pytest.raises(ValueError, match="jump"):
        control.wanted()


def test_what_is_asked_for_once_is_handed_out_once():
    outside = [[Order("validate")], [], []]
    control = Control(poll=lambda: "run", orders=lambda: outside.pop(0))
    control.ask(Order("checkpoint"))
    control.ask(Order("rate", 0.01))
    assert control.wanted() == "run"
    assert control.orders() == [Order("checkpoint"), Order("rate", 0.01), Order("validate")]
    assert control.orders() == []


@pytest.mark.parametrize("outside", [False, True])
def test_something_asked_for_ends_the_wait_but_not_the_pause(outside):
    asked = [[Order("checkpoint")], []] if outside else None
    control = Control(poll=lambda: "pause", interval=0.01, orders=(lambda: asked.pop(0)) if outside else None)
    if not outside:
        control.ask(Order("checkpoint"))
    assert control.wait_while_paused() == "pause"
    assert control.orders() == [Order("checkpoint")]


@pytest.mark.parametrize("outside", [False, True])
def test_a_stop_may_ask_for_the_best_weights(outside):
    control = Control(poll=(lambda: "stop-best") if outside else None)
    assert not control.best
    if not outside:
        control.stop(best=True)
    assert control.wanted() == "stop" and control.best


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("validate", Order("validate")),
        (" Checkpoint ", Order("checkpoint")),
        ("rate=0.001", Order("rate", 0.001)),
        ("rate = 1e-4", Order("rate", 1e-4)),
        ("rate*0.5", Order("scale", 0.5)),
        ("rate/10", Order("scale", 0.1)),
    ],
)
def test_orders_are_read_as_people_write_them(text, order):
    assert parse_order(text) == order and parse_order(order.text()) == order


@pytest.mark.parametrize("text", ["", "go", "rate", "rate=", "rate=fast", "rate=-1", "rate=nan", "rate=0", "rate=1e9"])
def test_other_words_are_refused_in_a_sentence(text):
    with pytest.raises(UsageError) as caught:
        parse_order(text)
    assert caught.value.message.endswith(".") or "got" in caught.value.message
