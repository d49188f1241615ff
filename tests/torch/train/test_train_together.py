"""Several processes train as one: the same weights and figures as a single process with the same batches."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from designer.train.batches import EpochOrder
from designer.train.events import Step
from designer.train.spec import TrainSpec
from designer.train.world import World
from tests.torch.train.together_cases import data_of, network_of, outputs_of
from tests.torch.train.train_cases import finished, of, run, same, weights

HERE = Path(__file__).parent
SPEC = TrainSpec(epochs=10, batch_size=29, learning_rate=0.01, device="cpu", seed=4)  # 6 an epoch, 60 in all


def together(size, case, spec, folder, *resume):
    """What each of several processes ends with: its weights, and its events as text."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[2])}
    words = [sys.executable, HERE / "together_process.py"]
    processes = [
        subprocess.Popen(
            [
                *words,
                str(rank),
                str(size),
                folder / "meeting",
                case,
                spec.model_dump_json(),
                folder / f"{rank}.safetensors",
                *resume,
            ],
            env=environment,
            stderr=subprocess.PIPE,
        )
        for rank in range(size)
    ]
    try:
        said = [process.communicate(timeout=120)[1].decode() for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert [process.returncode for process in processes] == [0] * size, said
    return [load_file(folder / f"{rank}.safetensors") for rank in range(size)], [
        (folder / f"{rank}.txt").read_text(encoding="utf-8").splitlines() for rank in range(size)
    ]


def furthest(left, right):
    assert left.keys() == right.keys()
    return max(float((left[name].double() - right[name].double()).abs().max()) for name in left)


def alone(case, spec):
    module = network_of(case)
    events = run(module, data_of(case), spec, outputs_of(case))
    return weights(module), finished(events), events


def test_two_processes_end_with_the_weights_of_one(tmp_path):
    (first, second), events = together(2, "plain", SPEC, tmp_path)
    expected, last, _ = alone("plain", SPEC)
    assert last.iteration == 60
    assert furthest(first, expected) < 1e-12
    assert same(first, second)
    assert f"final_accuracy={last.final_accuracy}" in events[0][-1]  # validation is divided, and summed up
    assert (tmp_path / "0.run/weights.safetensors").is_file()
    assert not (tmp_path / "1.run").exists()  # only the first one writes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "case", "options"),
    [
        (2, "norm", {"sync_batch_norm": True, "optimizer": "sgd"}),
        (3, "norm", {"sync_batch_norm": True, "optimizer": "sgd", "accumulate": 2, "batch_size": 20, "clip_norm": 1.0}),
        (3, "plain", {"batch_size": 27, "metrics": ("f1", "top3")}),  # the last batch has one sample: two only wait
        (2, "plain", {"shard": True, "clip_norm": 1.0, "result": "best", "accumulate": 2}),
        (2, "norm", {"shard": True, "sync_batch_norm": True, "optimizer": "sgd"}),
        (2, "two outputs", {"ema": 0.9, "class_weights": "none"}),
    ],
)
def test_so_do_others(tmp_path, size, case, options):
    spec = SPEC.model_copy(update=options)
    found, events = together(size, case, spec, tmp_path)
    expected, last, said = alone(case, spec)
    for one in found:
        assert furthest(one, expected) < 1e-12
    expected_steps = [event.figures for event in of(said, Step)]
    steps = [eval(line.partition("figures=")[2][:-1]) for line in events[0] if line.startswith("Step(")]
    assert steps == [pytest.approx(figures) for figures in expected_steps]
    assert repr(last.figures) in events[0][-1]


@pytest.mark.slow
def test_batch_statistics_that_differ_are_said(tmp_path):
    _, events = together(2, "norm", SPEC.model_copy(update={"epochs": 1}), tmp_path)
    assert any("1 layer normalises by batch" in line and "15 samples" in line for line in events[0])


@pytest.mark.slow
@pytest.mark.parametrize("shard", [False, True])
def test_they_go_on_from_a_checkpoint_as_one(tmp_path, shard):
    spec = SPEC.model_copy(update={"schedule": "constant", "shard": shard, "checkpoint_every": 16, "epochs": 5})
    together(2, "plain", spec, tmp_path)
    spec = spec.model_copy(update={"epochs": 10})
    (tmp_path / "meeting").unlink(missing_ok=True)
    found, events = together(2, "plain", spec, tmp_path, tmp_path / "0.run")
    assert "start_iteration=30" in events[0][0]
    expected, _, _ = alone("plain", spec)
    for one in found:
        assert furthest(one, expected) < 1e-12
    # and a single process takes it over
    module = network_of("plain")
    last = finished(run(module, data_of("plain"), spec, outputs_of("plain"), resume=tmp_path / "0.run"))
    assert last.iteration == 60
    assert furthest(weights(module), expected) < 1e-12


class Part(World):
    """One of several that never speak."""

    def __init__(self, rank, size, least=1):
        from designer.train.together import Together

        self.rank, self.size, self._least = rank, size, least
        self._bounds = Together._bounds.__get__(self)
        self.part, self.weight = Together.part.__get__(self), Together.weight.__get__(self)


@pytest.mark.parametrize("least", [1, 2])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_each_sample_is_in_one_part_and_counts_the_same(size, least):
    for samples in range(1, 40):
        seen = []
        for rank in range(size):
            part, weight = Part(rank, size, least), Part(rank, size, least).weight(samples)
            own = torch.arange(samples)[part.part(samples)]
            assert len(own) >= min(least, samples)
            if weight:
                seen += own.tolist()
                assert weight == pytest.approx(len(own) * size / samples)
        assert seen == list(range(samples))


def test_the_parts_of_an_order_are_the_order():
    orders = [EpochOrder(50, 8, 3, Part(rank, 3)) for rank in range(3)]
    parts = [list(order.batches(1)) for order in orders]
    for number, batch in enumerate(EpochOrder(50, 8, 3).batches(1), start=1):
        counting = [rank for rank, order in enumerate(orders) if order.weight(number)]
        assert torch.equal(torch.cat([parts[rank][number - 1] for rank in counting]), batch)
    assert counting == [0, 1]  # the last batch has two samples
