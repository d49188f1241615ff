"""Every UI test runs offscreen, in a home of its own, and fails when it leaves a timer, thread or window behind,
or when Qt has something to warn about."""

import gc
import os
import threading

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from designer.graph.document import Document
from designer.graph.edits import Connect
from designer.graph.model import Wire
from designer.ui import theme
from designer.ui.bridge import DocumentBridge


def pytest_configure(config):
    """Warnings of Qt fail a test, but for two that the offscreen platform says about itself."""
    config.addinivalue_line("qt_log_ignore", r"This plugin does not support (propagateSizeHints|raise)\(\)")


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp):
    """The application as app.py dresses it."""
    qapp.setQuitOnLastWindowClosed(False)
    theme.apply(qapp, "light")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Settings, journals and caches of this test alone."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LAYERLOOM_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def nothing_left_behind(request, dressed):
    """Fail a test after which a new timer runs, a new thread lives or a new window stands."""
    windows, timers, threads = set(_windows()), set(map(id, _timers())), set(threading.enumerate())
    yield
    theme.set_theme("light")
    left = _left(windows, timers)
    if left:
        gc.collect()
        left = _left(windows, timers)
    for thread in set(threading.enumerate()) - threads:
        thread.join(timeout=5)
        if thread.is_alive():
            left.append(f"thread {thread.name}")
    if left:
        pytest.fail(f"left behind: {', '.join(left)}")


def _windows():
    return [w for w in QApplication.topLevelWidgets() if shiboken6.isValid(w) and not w.parent()]


def _timers():
    found = (o for o in gc.get_objects() if type(o) is QTimer)
    return [t for t in found if shiboken6.isValid(t) and t.isActive()]


def _left(windows, timers):
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [f"window {w.metaObject().className()} {w.objectName()}".strip() for w in set(_windows()) - windows]
    return left + [f"running timer of {t.parent()!r}" for t in _timers() if id(t) not in timers]


TEN = {"out_features": 10}


def chain(document, *types, **params):
    """Add blocks of these types, wired one after the other; ``conv2d={"out_channels": 8}`` sets parameters by type.

    Gives the blocks' names.
    """
    names = []
    for i, kind in enumerate(types):
        edit = document.new_block(kind, 0, 90.0 * i, params.get(kind))
        document.do(edit)
        names.append(edit.name)
        if i:
            document.do(Connect(Wire(names[-2], 0, names[-1], 0)))
    return names


@pytest.fixture(name="chain")
def chain_fixture():
    """``chain(document, "input", "relu")`` adds wired blocks and gives their names."""
    return chain


@pytest.fixture
def document():
    """An empty document."""
    return Document()


@pytest.fixture
def bridge(document):
    """A bridge on the empty document."""
    made = DocumentBridge(document)
    yield made
    made.close()


@pytest.fixture
def small(document):
    """input1 -> conv1 -> relu1 -> flatten1 -> linear1 -> classification1, without problems; the names."""
    return chain(document, "input", "conv2d", "relu", "flatten", "linear", "classification_output", linear=TEN)
