"""How blocks fare, sampled from real runs: right figures, nothing learned otherwise, little time taken."""

import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from designer.codegen.module import build, finder
from designer.codegen.python import compile_network
from designer.graph.templates import load_template
from designer.train.control import Control, Order, parse_order
from designer.train.events import Health, Maps, Noted, from_dict, to_dict
from designer.train.health.figures import count_bins, measure_output
from designer.train.health.histograms import BINS, EDGES, FILE, QUANTITIES, HistogramFile, read_strips
from designer.train.health.listening import Listening, owner_of, whose_modules
from designer.train.health.sampling import Sampling
from designer.train.loop import train
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import CLASSES, network, of, run, same, weights

SPEC = TrainSpec(epochs=2, batch_size=40, learning_rate=0.01, device="cpu", seed=3)
CPU = torch.device("cpu")


@pytest.fixture
def every(monkeypatch):
    """Sample every iteration."""
    monkeypatch.setattr(Sampling, "_wait", lambda self, seconds: None)


def test_a_run_learns_the_same_bit_for_bit_with_and_without(digits, tmp_path, every):
    found = []
    for health in (True, False):
        module = network()
        events = run(module, digits, SPEC.model_copy(update={"health": health}), folder=tmp_path / str(health))
        assert len(of(events, Health)) == (12 if health else 0)
        assert bool(of(events, Maps)) == health and (tmp_path / str(health) / "health").exists() == health
        found.append(weights(module))
    assert same(*found)


def test_the_figures_are_those_of_the_block(digits, tmp_path, every):
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    with torch.no_grad():
        module[1].bias[:12] = -1000.0  # three quarters of the ReLU's units never wake up
    before = module[3].weight.detach().clone()
    spec = SPEC.model_copy(update={"optimizer": "sgd", "momentum": 0.0, "weight_decay": 0.0, "schedule": "constant"})
    heard = []
    events = train(module, digits, spec, CLASSES, folder=tmp_path)
    for event in events:
        if isinstance(event, Health):
            heard.append(event)
            break
    relu, last = heard[0].blocks["2"], heard[0].blocks["3"]
    assert relu[4] == pytest.approx(0.75) and relu[2] == 0.0 and relu[5:] == (None, None, None)
    step = 0.01 * last[5]
    both = torch.cat([module[3].weight.flatten(), module[3].bias]).norm().item()
    assert last[6] == pytest.approx(both, rel=1e-3)
    assert last[7] == pytest.approx(step / both, rel=0.01)
    assert not torch.equal(before, module[3].weight)
    events.close()


def test_blocks_that_are_a_line_of_arithmetic_are_heard_too():
    net = load_template("small-resnet")
    program = compile_network(getattr(net, "network", net))
    module = build(program)
    heard = {}
    with Listening(finder(program), lambda block, output: heard.update({block: tuple(output.shape)})):
        torch.nn.functional.cross_entropy(module(torch.randn(2, 3, 32, 32)), torch.tensor([1, 2]))
    assert heard["layer1.add"] == (2, 16, 32, 32) and heard["pool"] == (2, 64) and heard["fc"] == (2, 10)
    assert set(heard) == set(program.lines.values())
    assert owner_of("layer1.conv1.weight", heard) == "layer1.conv1" and owner_of("w", heard) == "w"


def test_modules_are_the_blocks_of_a_network_that_nobody_drew():
    module = network()
    heard = []
    with Listening(whose_modules(module), lambda block, output: heard.append(block)):
        module(torch.randn(3, 1, 8, 8))
    assert heard == ["0", "1", "2", "3", "4", "5", "6"]


def test_an_output_is_heard_before_the_next_block_changes_it_in_place():
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True))
    lows = {}
    with Listening(whose_modules(module), lambda block, output: lows.update({block: output.min().item()})):
        module(torch.randn(64, 4))
    assert lows["0"] < 0 == lows["1"]


def test_outputs_are_measured_by_channel():
    values = torch.randn(8, 4, 5, 5)
    values[:, 1] = 0.0
    mean, spread, low, high, dead = measure_output(values).tolist()
    assert (mean, low, high) == pytest.approx((values.mean().item(), values.min().item(), values.max().item()))
    assert spread == pytest.approx(values.std(correction=0).item()) and dead == 0.25
    assert math.isnan(measure_output(torch.tensor([1.0, float("nan")]))[0].item())


def test_every_number_falls_into_its_bin():
    numbers = torch.tensor([0.0, 1e-9, -1e-9, 1.0, -1.0, 500.0, -1e30, float("nan"), float("inf"), -float("inf")])
    counts = count_bins(numbers).tolist()
    expected = [0] * BINS
    for number in numbers.tolist():
        inside = math.isfinite(number)
        place = next(i for i in range(BINS - 1) if EDGES[i] <= number < EDGES[i + 1]) if inside else BINS - 1
        expected[place] += 1
    assert counts == expected and counts[23] == 3 and counts[-1] == 3


def test_the_histograms_can_be_read_as_they_come_and_stay_small(tmp_path):
    file = HistogramFile(tmp_path)
    for iteration in range(1, 1000):
        file.add(iteration, {"a": [[iteration % 7 + 1] * BINS, [], []], "b": [[], [1] * BINS, [70_000] * BINS]})
    strips = read_strips(tmp_path / FILE, "a")
    assert list(strips) == ["activations"] and 128 <= len(strips["activations"].iterations) <= 256
    assert all(row[0] == i % 7 + 1 for i, row in zip(*vars(strips["activations"]).values(), strict=True))
    assert read_strips(tmp_path / FILE, "b")["gradients"].counts[0][0] == 65_535
    with (tmp_path / FILE).open("ab") as cut:
        cut.write(b"half a record")
    assert len(read_strips(tmp_path / FILE, "a")["activations"].counts) == len(strips["activations"].counts)
    again = HistogramFile(tmp_path)  # a run that goes on from iteration 500
    again.add(500, {"a": [[9] * BINS, [], []], "b": [[], [], []]})
    assert list(read_strips(tmp_path / FILE, "a")["activations"].iterations)[-2] < 500
    assert read_strips(tmp_path / FILE, "nobody") == {} == read_strips(tmp_path / "no", "a")
    (tmp_path / FILE).write_bytes(b"\x00" * 100)
    assert read_strips(tmp_path / FILE, "a") == {}


def test_a_run_leaves_histograms_and_maps_of_its_blocks(digits, tmp_path, every):
    events = run(network(), digits, SPEC, folder=tmp_path)
    assert set(read_strips(tmp_path / FILE, "0")) == set(QUANTITIES)
    assert read_strips(tmp_path / FILE, "0")["weights"].iterations == list(range(1, 13))
    maps = of(events, Maps)[-1]
    assert maps.iteration in (6, 12) and maps.blocks == ("0", "1", "2", "3")
    with np.load(tmp_path / maps.path) as file:
        about = json.loads(bytes(file["about"]))
        assert [block["name"] for block in about["blocks"]] == list(maps.blocks)
        assert file["map 0"].shape == (4, 8, 8, 8) and file["map 3"].shape == (4, 8, 4, 4)
        assert file["inputs"].shape == (4, 1, 8, 8) and file["map 0"].dtype == np.uint8
    health = of(events, Health)[0]
    assert from_dict(json.loads(json.dumps(to_dict(health)))) == health


def test_maps_of_a_block_come_when_they_are_asked_for(digits, tmp_path):
    control = Control()
    control.ask(parse_order(Order("maps", name="1").text()))
    control.ask(Order("maps", name="6"))
    events = run(network(), digits, SPEC, folder=tmp_path, control=control)
    first = next(event for event in events if isinstance(event, Maps))
    assert first.iteration == 0 and "1" in first.blocks
    noted = [event.what for event in of(events, Noted)]
    assert noted == ["maps", "refused"]  # a Linear layer gives no pictures
    assert parse_order("maps=Layer1.conv%C3%A9") == Order("maps", name="Layer1.convé")


def test_with_batches_added_up_the_step_is_sampled(digits, tmp_path, every):
    events = run(network(), digits, SPEC.model_copy(update={"accumulate": 4}), folder=tmp_path)
    assert [event.iteration for event in of(events, Health)] == [4, 6, 10, 12]
    assert all(event.blocks["6"][7] > 0 for event in of(events, Health))


def test_a_network_that_is_compiled_is_asked_beside_the_training(tmp_path):
    module = network().train()
    asked = []

    def answers(net, x):
        asked.append((net.training, len(x), torch.is_grad_enabled()))
        return net(x)

    sampling = Sampling(module, CPU, tmp_path, None, answers)
    x = torch.randn(40, 1, 8, 8)
    state = torch.get_rng_state()
    statistics = module[1].running_mean.clone()
    with sampling.watching(1, 1, 1, x):
        pass
    assert asked == [(False, 32, False)] and module.training
    assert torch.equal(state, torch.get_rng_state()) and torch.equal(statistics, module[1].running_mean)
    (event,) = sampling.told()
    assert event.blocks["0"][1] > 0


def test_a_full_disk_ends_the_histograms_and_not_the_run(digits, tmp_path, every):
    (tmp_path / "health").write_text("no folder")
    events = run(network(), digits, SPEC, folder=tmp_path)
    assert events[-1].type == "finished" and len(of(events, Health)) == 12 and not of(events, Maps)


def test_sampling_takes_less_than_its_share(digits, tmp_path):
    """Own seconds as the run measured them, beside all seconds of the run."""
    spec = SPEC.model_copy(update={"epochs": 120, "validate_every": 10_000})
    events = run(network(), digits, spec, folder=tmp_path)
    seconds = sum(event.seconds for event in of(events, Health)[1:])
    assert seconds <= 0.05 * events[-1].elapsed
