"""Learning rates of their own, and weights that begin to learn later: what a hand-written loop with groups does."""

import pytest
import torch

from designer.graph.document import Document
from designer.graph.edits import SetMarks
from designer.graph.groups import group
from designer.graph.sharing import together
from designer.graph.templates import load_template
from designer.graph.tuning import learners
from designer.jobs.client import run_here
from designer.jobs.specs import TrainJob
from designer.train.batches import EpochOrder
from designer.train.checkpoint import load_tensors, save_tensors
from designer.train.events import Started, Step, Unfrozen, from_dict, to_dict
from designer.train.learning import Learning, regroup
from designer.train.loop import train
from designer.train.spec import TrainSpec
from designer.train.state import STATE
from tests.pure.graph.sketch import sketched
from tests.torch.train.train_cases import CLASSES, failed, finished, network, of, run, same, weights

SPEC = TrainSpec(
    epochs=3,
    batch_size=40,
    learning_rate=0.01,
    weight_decay=0.1,
    device="cpu",
    checkpoint_every=4,
    seed=3,
    spare_norms=False,
)
LATE = {"unfreeze": [{"part": "0", "epoch": 2}, {"part": "1", "epoch": 3}]}  # 6 iterations an epoch
MAKE = {
    "sgd": lambda groups: torch.optim.SGD(groups, lr=0.01, momentum=0.9, weight_decay=0.1),
    "adamw": lambda groups: torch.optim.AdamW(groups, lr=0.01, weight_decay=0.1),
}


def by_hand(module, data, spec, groups, switches=None):
    """A loop as one writes it: groups of parameters with a factor each; ``switches`` adds groups before an epoch."""
    optimizer = MAKE[spec.optimizer]([{"params": list(part.parameters()), "factor": f} for part, f in groups])
    order = EpochOrder(len(data.train), spec.batch_size, spec.seed)
    torch.manual_seed(spec.seed)
    iteration, total = 0, order.per_epoch * spec.epochs
    for epoch in range(spec.epochs):
        for part, factor in (switches or {}).get(epoch + 1, ()):
            part.requires_grad_(True)
            optimizer.add_param_group({"params": list(part.parameters()), "factor": factor})
        module.train()
        for part in module:
            if isinstance(part, torch.nn.BatchNorm2d) and not part.weight.requires_grad:
                part.eval()
        for indices in order.batches(epoch):
            x, y = data.train.batch(indices, "cpu")
            for part in optimizer.param_groups:
                part["lr"] = spec.learning_rate_at(iteration, total, order.per_epoch) * part["factor"]
            loss = torch.nn.functional.cross_entropy(module(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            iteration += 1
    return module


@pytest.mark.parametrize("optimizer", list(MAKE))
@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_factors_equal_a_hand_written_loop_with_groups(digits, optimizer, schedule):
    spec = SPEC.model_copy(update={"optimizer": optimizer, "schedule": schedule})
    plain, ours = network(), network()
    by_hand(plain, digits, spec, [(plain[0], 0.1), (plain[1], 0.1), (plain[6], 1.0)])
    events = run(ours, digits, spec, rates={"0": 0.1, "1": 0.1, "nothing": 7.0})
    assert same(weights(plain), weights(ours))
    assert of(events, Step)[0].learning_rate == spec.learning_rate_at(0, 18, 6), "the rate of what has no factor"
    other = network()
    finished(run(other, digits, spec))
    assert not same(weights(other), weights(ours))


@pytest.mark.parametrize("optimizer", list(MAKE))
def test_a_timeline_equals_a_hand_written_loop_that_adds_groups(digits, optimizer):
    spec = TrainSpec.model_validate({**SPEC.model_dump(), **LATE, "optimizer": optimizer})
    plain, ours = network(), network()
    plain[0].requires_grad_(False), plain[1].requires_grad_(False)
    by_hand(plain, digits, spec, [(plain[6], 1.0)], {2: [(plain[0], 0.5)], 3: [(plain[1], 1.0)]})
    events = run(ours, digits, spec, rates={"0": 0.5})
    assert same(weights(plain), weights(ours))
    told = of(events, Unfrozen)
    head, first, norm = 1290, 80, 16  # numbers that learn
    assert told == [Unfrozen(6, 2, ("0",), head + first), Unfrozen(12, 3, ("1",), head + first + norm)]
    assert [from_dict(to_dict(event)) for event in told] == told
    assert events.index(told[0]) > events.index(of(events, Step)[5]) < events.index(of(events, Step)[6])


def test_what_is_not_yet_due_stays_bit_for_bit(digits):
    spec = TrainSpec.model_validate({**SPEC.model_dump(), **LATE})
    module = network()
    before, seen = weights(module), {}
    for event in train(module, digits, spec, CLASSES, frozen=("0",)):
        if isinstance(event, Step) and event.iteration % 6 == 0:
            seen[event.epoch] = {
                name for name, tensor in weights(module).items() if not torch.equal(before[name], tensor)
            }
    head, first = {"6.weight", "6.bias"}, {"0.weight", "0.bias"}  # a timeline wakes what is marked as frozen, too
    assert seen[1] == head and seen[2] == head | first and seen[3] == set(before)


@pytest.mark.parametrize("optimizer", list(MAKE))
@pytest.mark.parametrize("last", [5, 9, 14])
def test_going_on_across_the_switch_is_equal_bit_for_bit(digits, tmp_path, optimizer, last):
    """The last checkpoints are of iterations 4, 8 and 12: before, between and exactly at a switch."""
    spec = TrainSpec.model_validate({**SPEC.model_dump(), **LATE, "optimizer": optimizer, "schedule": "one_cycle"})
    whole, rates = network(), {"0": 0.5, "6": 2.0}
    all_events = run(whole, digits, spec, rates=rates, folder=tmp_path / "whole")
    events = train(network(), digits, spec, CLASSES, rates=rates, folder=tmp_path / "broken")
    for event in events:
        if isinstance(event, Step) and event.iteration == last:
            break
    events.close()
    resumed = network(seed=99)
    rest = run(resumed, digits, spec, rates=rates, resume=tmp_path / "broken", folder=tmp_path / "on")
    assert finished(rest).iteration == 18 and of(rest, Started)[0].start_iteration == last // 4 * 4
    assert same(weights(resumed), weights(whole))
    left, right = (load_tensors(tmp_path / name / STATE)[0] for name in ("whole", "on"))
    assert same(left, right)
    # What was told before the checkpoint is not told again.
    assert of(rest, Unfrozen) == [e for e in of(all_events, Unfrozen) if e.iteration >= last // 4 * 4]


def test_the_rate_may_change_when_a_run_goes_on_but_not_what_learned(digits, tmp_path):
    half = SPEC.model_copy(update={"epochs": 2})
    finished(run(network(), digits, half, rates={"0": 0.1}, frozen=("1",), folder=tmp_path))
    finished(run(network(), digits, SPEC, rates={"0": 0.2}, frozen=("1",), resume=tmp_path))
    assert "other frozen blocks" in failed(run(network(), digits, SPEC, resume=tmp_path)).message
    on = TrainSpec.model_validate({**SPEC.model_dump(), "unfreeze": [{"part": "1", "epoch": 3}]})
    assert of(run(network(), digits, on, frozen=("1",), resume=tmp_path), Unfrozen) == [Unfrozen(12, 3, ("1",), 1386)]


def test_states_of_earlier_versions_number_the_weights(digits, tmp_path):
    finished(run(network(), digits, SPEC, frozen=("0",), folder=tmp_path / "new"))
    tensors, metadata = load_tensors(tmp_path / "new" / STATE)
    names = ["1.weight", "1.bias", "6.weight", "6.bias"]
    old = {
        f"optimizer.{names.index(key.partition('.')[2].rpartition('.')[0])}.{key.rpartition('.')[2]}"
        if key.startswith("optimizer.")
        else key: tensor
        for key, tensor in tensors.items()
    }
    assert "optimizer.3.exp_avg" in old and len(old) == len(tensors)
    save_tensors(tmp_path / "old" / STATE, old, metadata)
    longer, found = SPEC.model_copy(update={"epochs": 4, "schedule": "constant"}), []
    for folder in ("new", "old"):
        module = network()
        finished(run(module, digits, longer, frozen=("0",), resume=tmp_path / folder))
        found.append(weights(module))
    assert same(*found)


# --- statistics --------------------------------------------------------------------------------------------------


def test_statistics_of_frozen_blocks_stay_unless_they_may_move(digits):
    found = {}
    for moves in (False, True):
        module = network()
        before = weights(module)
        finished(run(module, digits, SPEC.model_copy(update={"move_statistics": moves}), frozen=("1",)))
        after = weights(module)
        found[moves] = not torch.equal(before["1.running_mean"], after["1.running_mean"])
        assert torch.equal(before["1.weight"], after["1.weight"])
    assert found == {False: False, True: True}


def test_statistics_begin_to_move_with_their_block(digits):
    spec = TrainSpec.model_validate({**SPEC.model_dump(), "unfreeze": [{"part": "1", "epoch": 3}]})
    module = network()
    before = weights(module)["1.running_mean"]
    moved = [
        not torch.equal(before, weights(module)["1.running_mean"])
        for event in train(module, digits, spec, CLASSES)
        if isinstance(event, Step)
    ]
    assert moved == [False] * 12 + [True] * 6


# --- parts -------------------------------------------------------------------------------------------------------


def nested():
    block = torch.nn.ModuleDict({"conv": torch.nn.Conv2d(1, 2, 1), "bn1": torch.nn.BatchNorm2d(2)})
    return torch.nn.ModuleDict({"layer1": block, "layer2": torch.nn.Linear(2, 2), "fc": torch.nn.Linear(2, 3)})


def of_epoch(module, epoch, unfreeze=(), **options):
    learning = Learning(module, TrainSpec(unfreeze=[{"part": p, "epoch": e} for p, e in unfreeze]), **options)
    learning.enter(epoch)
    return {name for name, parameter in module.named_parameters() if parameter.requires_grad}


def test_parts_are_groups_blocks_and_patterns_and_the_earliest_row_counts():
    fc = {"fc.weight", "fc.bias"}
    second = {"layer2.weight", "layer2.bias"}
    norm = {"layer1.bn1.weight", "layer1.bn1.bias"}
    first = norm | {"layer1.conv.weight", "layer1.conv.bias"}
    assert of_epoch(nested(), 1, [("layer*", 2)]) == fc
    assert of_epoch(nested(), 2, [("layer*", 3), ("layer2", 2)]) == fc | second
    assert of_epoch(nested(), 1, [("*", 4), ("*.bn1", 1)]) == norm
    assert of_epoch(nested(), 3, [("layer1", 3), ("*", 5)]) == first
    assert of_epoch(nested(), 1, frozen=["layer1"], begins={"layer1.bn1": 1, "fc": 2}) == norm | second


def test_the_innermost_factor_counts_and_each_factor_is_one_group():
    module = nested()
    learning = Learning(
        module, TrainSpec(learning_rate=0.5, spare_norms=False), rates={"layer1": 0.1, "layer1.bn1": 2.0, "fc": 0.1}
    )
    learning.enter(1)
    groups = {group["factor"]: group for group in learning.groups()}
    assert {factor: len(group["params"]) for factor, group in groups.items()} == {0.1: 4, 2.0: 2, 1.0: 2}
    assert groups[0.1]["lr"] == 0.05
    assert learning.count() == sum(p.numel() for p in module.parameters())


def test_a_module_that_is_used_twice_is_in_one_group():
    shared = torch.nn.Linear(2, 2)
    module = torch.nn.ModuleDict({"a": shared, "b": shared})
    learning = Learning(module, TrainSpec(spare_norms=False), rates={"b": 0.5})
    learning.enter(1)
    assert [(g["factor"], len(g["params"])) for g in learning.groups()] == [(0.5, 2)]
    frozen = Learning(module, TrainSpec(), frozen=["b"])
    assert frozen.enter(1) and frozen.count() == 0


def test_what_the_module_itself_keeps_still_never_learns():
    module = nested()
    module["fc"].bias.requires_grad_(False)
    assert "fc.bias" not in of_epoch(module, 9, [("fc", 1)])


def test_state_of_a_weight_survives_a_regrouping():
    module = nested()
    learning = Learning(module, TrainSpec(), begins={"layer1": 2})
    learning.enter(1)
    optimizer = torch.optim.AdamW(learning.groups())
    module["fc"].weight.grad = torch.ones(3, 2)
    optimizer.step()
    known = optimizer.state[module["fc"].weight]["exp_avg"]
    assert learning.enter(2) and not learning.enter(2)
    regroup(optimizer, learning.groups())
    assert optimizer.state[module["fc"].weight]["exp_avg"] is known
    assert sum(len(group["params"]) for group in optimizer.param_groups) == 8


@pytest.mark.parametrize(
    ("unfreeze", "words"),
    [([("layr4", 2)], "'layr4' is to learn from epoch 2 on, but no layer"), ([("*", 2)], "Let at least one learn")],
)
def test_a_timeline_that_cannot_be_is_one_sentence(digits, unfreeze, words):
    spec = TrainSpec(device="cpu", unfreeze=[{"part": part, "epoch": epoch} for part, epoch in unfreeze])
    assert words in failed(run(network(), digits, spec)).message


# --- drawings ----------------------------------------------------------------------------------------------------


def job(**train):
    data = {"source": "digits", "limit": 120}
    return TrainJob.model_validate({"train": {"epochs": 2, "device": "cpu", **train}, "data": data})


def moved(network, spec, folder):
    """The layers whose weights differ after the first and after the last epoch from those before."""
    start = run_here(job(epochs=1), network, folder / "start")
    assert start.wait()[-1]["type"] == "finished"
    initial = load_tensors(start.folder.weights)[0]
    found = []
    for epochs in (1, 2):
        longer = spec.model_copy(update={"train": spec.train.model_copy(update={"epochs": epochs})})
        handle = run_here(longer, network, folder / str(epochs), weights=start.folder.weights)
        assert handle.wait()[-1]["type"] == "finished", handle.wait()[-1]
        now = load_tensors(handle.folder.weights)[0]
        found.append({name.rpartition(".")[0] for name in now if not torch.equal(now[name], initial[name])})
    return found


def test_a_drawing_learns_as_its_marks_and_the_timeline_say(tmp_path):
    document = Document(load_template("digits"))
    weighted = learners(document.network, document.shapes, document.network.nodes)
    document.do(SetMarks(tuple(weighted), {"frozen": True}))
    document.do(group(document, ["conv1"], "body"))
    head = [name for name in weighted if name.startswith("fc")][-1]
    document.do(SetMarks((head,), {"frozen": False, "rate": 0.5}))
    first, second = moved(document.network, job(unfreeze=[{"part": "body", "epoch": 2}]), tmp_path)
    assert first == {head} and second == {head, "body.conv1"}


def test_a_layer_that_is_called_twice_wakes_by_either_name(tmp_path):
    document = sketched("""
        data input size=(1,8,8)
        flat flatten
        a.fc linear out_features=64
        b.fc linear out_features=64
        head linear out_features=10
        out classification_output
        """)
    document.do(together(document.network, ["a.fc", "b.fc"]))
    first, second = moved(document.network, job(unfreeze=[{"part": "b", "epoch": 2}]), tmp_path)
    assert first == {"head"} and second == {"head", "a.fc"}


def test_a_part_that_the_drawing_does_not_have_ends_the_job_with_a_sentence(tmp_path):
    handle = run_here(job(unfreeze=[{"part": "layr4", "epoch": 2}]), load_template("digits"), tmp_path / "run")
    last = handle.wait()[-1]
    assert last["type"] == "failed" and "'layr4' is to learn from epoch 2 on, but no block" in last["message"]
