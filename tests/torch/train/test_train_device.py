"""Which device a run takes, and a run on a GPU where there is one."""

import pytest
from safetensors.torch import load_file

from designer.errors import TrainError
from designer.train import device as devices_of
from designer.train.control import Control
from designer.train.device import available, choose, free_memory
from designer.train.events import Started, Step
from designer.train.loop import train
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import CLASSES, finished, network, of, run


def test_the_cpu_is_always_there_and_last():
    devices = available()
    assert devices[-1].name == "cpu" and devices[-1].title
    assert choose("auto") == devices[0]
    assert choose("cpu") == devices[-1]
    assert all(device.memory for device in devices if device.name.startswith("cuda"))


@pytest.mark.parametrize(("most", "used", "free"), [("1000", "400", 650), ("1000", "1200", 0)])
def test_in_a_container_only_what_it_was_given_is_free(most, used, free, tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text(f"{most}\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    (tmp_path / "memory.stat").write_text("anon 300\ninactive_file 50\n")
    monkeypatch.setattr(devices_of, "_CGROUP", tmp_path)
    assert free_memory() == free
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() > 1 << 20
    monkeypatch.setattr(devices_of, "_CGROUP", tmp_path / "none")
    assert free_memory() > 1 << 20


def test_a_device_that_is_not_there_names_those_that_are():
    with pytest.raises(TrainError, match="cpu, or auto"):
        choose("cuda:77")


@pytest.mark.gpu
def test_a_run_on_a_gpu_stops_saves_and_goes_on(digits, tmp_path):
    spec = TrainSpec(epochs=6, batch_size=40, learning_rate=0.01, device="cuda", checkpoint_every=4)
    control, told = Control(), []
    for event in train(network(), digits, spec, CLASSES, control=control, folder=tmp_path):
        told.append(event)
        if isinstance(event, Step) and event.iteration >= 10:
            control.stop()
    assert finished(told).reason == "stopped" and of(told, Started)[0].device.startswith("cuda")
    on = run(network(), digits, spec, resume=tmp_path, folder=tmp_path)
    assert of(on, Started)[0].start_iteration == finished(told).iteration
    assert finished(on).iteration == 36 and finished(on).final_loss < of(told, Step)[0].loss
    assert all(tensor.isfinite().all() for tensor in load_file(tmp_path / "weights.safetensors").values())
