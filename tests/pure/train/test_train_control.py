import threading

import pytest

from designer.train.control import Control


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
