"""Training throughput beside a usual loop by hand, Lightning and Keras; on real pictures, turn about in one process.

Where other programs are at work, who starts more processes gets more of the machine: then processor time is judged.

Run alone: pytest tests/bench/test_train_peers.py -s --slow
"""

import statistics
import time
import warnings

import pytest
import torch

from designer.codegen.program import OutputInfo
from designer.train.events import EpochEnded
from designer.train.loop import train
from designer.train.spec import TrainSpec
from tests.bench.quiet import processor_time, quiet
from tests.bench.train_peers import ByHand, Ours, WithKeras, WithLightning, accuracy, cnn, data

TUNED = {"channels_last": "on", "fused": "on", "precision": "bf16"}
TWICE = 2.0


@pytest.fixture
def two_threads():
    """As many as the machine of the figures has cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(min(2, before))
    yield
    torch.set_num_threads(before)


def turn_about(ways, rounds, count):
    """Of each way samples a second, and samples a second of processor time, in every round.

    Each is asked once in a round, so that all share what else goes on. ``count`` is the samples of an epoch.
    """
    wall, own = {name: [] for name in ways}, {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            threads, used = torch.get_num_threads(), processor_time()
            wall[name].append(way.epoch())
            own[name].append(count / (processor_time() - used))
            torch.set_num_threads(threads)
    return wall, own


def table(wall, own):
    """How many times as fast as by hand each is: by the wall, or by processor time where other programs are at work."""
    free = quiet()
    beside = {"wall": best_by_hand(wall), "own": best_by_hand(own)}
    ratios = {}
    print(f"\n{'':<30}{'samples/s':>10}{'× by hand':>11}{'per processor second':>22}{'× by hand':>11}")
    for name in wall:
        by_wall = statistics.median(a / b for a, b in zip(wall[name], beside["wall"], strict=True))
        by_own = statistics.median(a / b for a, b in zip(own[name], beside["own"], strict=True))
        medians = statistics.median(wall[name]), statistics.median(own[name])
        print(f"{name:<30}{medians[0]:>10,.0f}{by_wall:>11.2f}{medians[1]:>22,.0f}{by_own:>11.2f}")
        ratios[name] = by_wall if free else by_own
    print("judged by the wall" if free else "other programs are at work: judged by processor time")
    return ratios


def best_by_hand(speeds):
    """In each round the faster one of with and without workers."""
    return [max(pair) for pair in zip(*(speeds[name] for name in speeds if name.startswith("by hand")), strict=True)]


def test_twice_as_fast_as_by_hand(two_threads):
    """The quick one: the loop by hand without workers, and ours as it is set and as Choose for me sets it."""
    found = data(1920)
    ways = {
        "by hand, no workers": ByHand(found.train, 0),
        "ours, as it is set": Ours(found),
        "ours, one thread": Ours(found, threads=1),
        "ours, chosen": Ours(found, threads=1, **TUNED),
    }
    ratios = table(*turn_about(ways, 3, len(found.train)))
    assert max(ratios["ours, as it is set"], ratios["ours, one thread"], ratios["ours, chosen"]) >= TWICE


@pytest.mark.slow
def test_beside_all_of_them(two_threads):
    found = data(6400)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning advises to use workers, Keras about its own use of torch
        ways = {
            "by hand, no workers": ByHand(found.train, 0),
            "by hand, 2 workers": ByHand(found.train, 2),
            "Lightning": WithLightning(found.train, 2),
            "Keras on torch": WithKeras(found.train, 2),
            "ours, as it is set": Ours(found),
            "ours, one thread": Ours(found, threads=1),
            "ours, chosen": Ours(found, threads=1, **TUNED),
            "ours, chosen, two threads": Ours(found, threads=2, **TUNED),
        }
        measured = turn_about(ways, 5, len(found.train))
    ratios = table(*measured)
    assert max(ratio for name, ratio in ratios.items() if name.startswith("ours")) >= TWICE
    assert ratios["ours, as it is set"] > max(ratios["Lightning"], ratios["Keras on torch"])


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("settings", [{}, TUNED], ids=["as-it-is-set", "chosen"])
def test_as_accurate_as_by_hand(two_threads, settings):
    """Three seeds, three epochs of 12,800 pictures, the same optimiser and schedule."""
    found, epochs = data(12_800), 3
    hand, ours = [], []
    for seed in range(3):
        one = ByHand(found.train, 0, seed, epochs, cosine=True)
        other = Ours(found, seed, epochs, schedule="cosine", **settings)
        for _ in range(epochs):
            one.epoch()
            other.epoch()
        hand.append(accuracy(one.module, found.validation))
        ours.append(accuracy(other.module, found.validation))
    print(f"\nby hand {statistics.mean(hand):.2f} % {hand}, ours {statistics.mean(ours):.2f} % {ours}")
    assert statistics.mean(ours) >= statistics.mean(hand) - 0.3


def step_by_hand(module, optimizer, x, y):
    """The best that one writes for a ResNet on a GPU: bf16, channels last, fused; nothing is read back."""
    with torch.autocast("cuda", torch.bfloat16):
        loss = torch.nn.functional.cross_entropy(module(x), y)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


class OnDevice:
    """Pictures of 224 pixels that lie on the device, each time the same."""

    def __init__(self, count):
        self.x = torch.randn(64, 3, 224, 224, device="cuda").contiguous(memory_format=torch.channels_last)
        self.labels = torch.randint(0, 1000, (64,)).repeat(count // 64)
        self.y = self.labels[:64].cuda()

    def __len__(self):
        return len(self.labels)

    def batch(self, indices, device):
        return self.x, self.y


@pytest.mark.gpu
def test_a_resnet_50_is_as_fast_as_tuned_by_hand():
    from torchvision.models import resnet50

    steps, outputs = 40, [OutputInfo("classes", "classification", "cross_entropy", 1000)]

    class Data:
        train, validation, classes = OnDevice(64 * steps), (), ()

    torch.backends.cudnn.benchmark = True
    module = resnet50().cuda().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3, weight_decay=1e-4, fused=True)
    spec = TrainSpec(epochs=1000, batch_size=64, schedule="constant", device="cuda", spare_norms=False)
    events = train(resnet50(), Data(), spec, outputs)
    ratios = []
    for _ in range(6):
        began = time.perf_counter()
        for _step in range(steps):
            step_by_hand(module, optimizer, Data.train.x, Data.train.y)
        torch.cuda.synchronize()
        plain = time.perf_counter() - began
        began = time.perf_counter()
        next(event for event in events if isinstance(event, EpochEnded))  # an epoch, its last numbers read
        ratios.append(plain / (time.perf_counter() - began))
    events.close()
    print(f"\nours {statistics.median(ratios[1:]):.3f} × tuned by hand")
    assert statistics.median(ratios[1:]) >= 0.98


@pytest.mark.gpu
def test_five_times_as_fast_on_a_gpu():
    """The small network: the loop by hand with its loader and pinned copies, ours with the data on the device."""
    found = data(12_800)
    best = 0.0
    for workers in (0, 2, 8):
        by_hand = ByHand(found.train, workers, device="cuda")
        best = max(best, statistics.median(by_hand.epoch() for _ in range(3)))
    ours = Ours(found, device="cuda")
    ours.epoch()
    ratio = statistics.median(ours.epoch() for _ in range(3)) / best
    print(f"\nours {ratio:.1f} × by hand")
    assert ratio >= 5


def test_the_network_is_small():
    assert sum(weight.numel() for weight in cnn().parameters()) == 20_490
