"""The network is changed while its training waits: what fits is carried over, what was reset is told, it goes on."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from designer.errors import NetworkInvalid, ProjectError
from designer.graph.document import Document
from designer.graph.edits import Edit, Rename, SetParams
from designer.graph.model import Network
from designer.jobs.changes import propose
from designer.jobs.client import run_here
from designer.jobs.folder import RunFolder, resume_spec
from designer.jobs.handle import JobHandle
from designer.jobs.specs import TrainJob
from designer.train.control import Order
from designer.train.state import newest_state

Make = Callable[..., TrainJob]


def edited(network: Network, *edits: Callable[[Network], Edit]) -> tuple[Network, list[Edit]]:
    """The network after these edits, and the edits as a window would have heard of them."""
    document, heard = Document(network.copy()), []
    document.subscribe(lambda changed: heard.append(changed.edit))
    for edit in edits:
        document.do(edit(document.network))
    return document.network, heard


def params(network: Network, block: str, **values: object) -> SetParams:
    there = network[block]
    return SetParams(block, {**there.params, **values})


def paused(handle: JobHandle, after: int) -> int:
    """Pause after some iterations; the iteration at which it waits."""
    handle.wait(lambda event: event["type"] == "step" and event["iteration"] >= after)
    handle.pause()
    return int(handle.wait("paused")[-1]["iteration"])


def wider(network: Network) -> tuple[Network, list[Edit]]:
    """Another name for one block, and more units in another."""
    return edited(network, lambda n: Rename("conv1", "first"), lambda n: params(n, "fc1", out_features=96))


def test_what_fits_is_kept_and_training_goes_on(digits: Network, training: Make, tmp_path: Path) -> None:
    handle = run_here(training(20, checkpoint_every=1000), digits, tmp_path / "run")
    at = paused(handle, 3)
    network, edits = wider(digits)
    assert propose(handle.folder, network, edits) == 1
    events = handle.wait("noted")
    text = events[-1]["text"]
    assert events[-1]["what"] == "network" and "fc1, fc2 begin anew" in text, text
    between = {name: tensor.clone() for name, tensor in newest_state(handle.run_dir)[0].tensors["model"].items()}
    handle.resume()
    events += handle.wait()
    assert events[-1]["reason"] == "completed"
    again = [event for event in events if event["type"] == "started"]
    assert [event["start_iteration"] for event in again] == [at]
    steps = [event["iteration"] for event in events if event["type"] == "step"]
    assert steps == list(range(at + 1, events[-1]["iteration"] + 1))
    assert handle.folder.network() == network
    learned = load_file(handle.run_dir / "weights.safetensors")
    assert learned["first.weight"].shape == (32, 1, 3, 3) and learned["fc1.weight"].shape[0] == 96
    assert not any(name.startswith("conv1.") for name in (*learned, *between))


def test_numbers_and_what_the_optimiser_knows_of_them_stay(digits: Network, training: Make, tmp_path: Path) -> None:
    handle = run_here(training(20, ema=0.9), digits, tmp_path / "run")
    at = paused(handle, 5)
    handle.order(Order("checkpoint"))
    handle.wait("noted")
    before = newest_state(handle.run_dir)[0]
    network, edits = wider(digits)
    propose(handle.folder, network, edits)
    handle.wait("noted")
    handle.wait("started")
    after = newest_state(handle.run_dir)[0]
    handle.stop()
    handle.wait()
    assert after.progress.iteration == at and after.progress.network == 1
    for part in ("model", "average"):
        assert torch.equal(after.tensors[part]["first.weight"], before.tensors[part]["conv1.weight"])
        assert torch.equal(after.tensors[part]["bn2.running_mean"], before.tensors[part]["bn2.running_mean"])
    remembered = "first.weight.exp_avg"
    assert torch.equal(after.tensors["optimizer"][remembered], before.tensors["optimizer"]["conv1.weight.exp_avg"])
    assert not any(name.startswith("fc1.") for name in after.tensors["optimizer"])
    assert torch.equal(after.tensors["random"]["torch"], before.tensors["random"]["torch"])


def test_what_does_not_fit_the_data_is_refused_and_the_run_goes_on(
    digits: Network, training: Make, tmp_path: Path
) -> None:
    handle = run_here(training(20), digits, tmp_path / "run")
    at = paused(handle, 2)
    network, edits = edited(
        digits, lambda n: params(n, "fc2", out_features=7), lambda n: params(n, "output", classes=7)
    )
    propose(handle.folder, network, edits)
    told = handle.wait("noted")[-1]
    assert told["what"] == "refused" and "10" in told["text"] and "stays as it is" in told["text"]
    handle.resume()
    events = handle.wait(lambda event: event["type"] == "step")
    assert events[-1]["iteration"] == at + 1
    handle.stop()
    assert handle.wait()[-1]["reason"] == "stopped"
    assert handle.folder.network() == digits


def test_a_drawing_with_problems_is_not_proposed(digits: Network, training: Make, tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", training(), digits)
    network, edits = edited(digits, lambda n: Document(n).removal(["flatten"]))
    with pytest.raises(NetworkInvalid):
        propose(folder, network, edits)
    assert not list(folder.path.glob("change-*"))


def test_killed_between_the_network_and_the_state(
    digits: Network, training: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that goes on has the network that its state is of."""
    handle = run_here(training(20), digits, tmp_path / "run")
    paused(handle, 2)
    network, edits = wider(digits)
    with monkeypatch.context() as patch:

        def dies(*_: object) -> None:
            raise SystemExit  # as at a kill, nothing after it is done

        patch.setattr("designer.jobs.tasks.changing.refit", dies)
        patch.setattr(threading, "excepthook", lambda _: None)
        propose(handle.folder, network, edits)
        while handle.alive:
            handle.poll()
    assert handle.folder.network() == network
    (handle.run_dir / "worker.json").unlink()  # it names this process, which lives on
    so_far = handle.folder.tail().read()[-1]["seq"]
    again = run_here(resume_spec(handle.run_dir), None, handle.run_dir)
    again.wait(lambda event: event["type"] == "step" and event["seq"] > so_far)
    assert again.folder.network() == digits
    again.stop()
    assert again.wait()[-1]["reason"] == "stopped"


def test_a_full_disk_refuses_the_change(
    digits: Network, training: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = run_here(training(20), digits, tmp_path / "run")
    paused(handle, 2)
    network, edits = wider(digits)

    def full(*_: object) -> None:
        raise ProjectError("The disk is full.")

    monkeypatch.setattr("designer.jobs.tasks.changing.adopt", full)
    propose(handle.folder, network, edits)
    assert "The disk is full" in handle.wait("noted")[-1]["text"]
    handle.stop()
    assert handle.wait()[-1]["reason"] == "stopped"
