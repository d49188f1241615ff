"""Frozen blocks: their weights and running statistics stay bit for bit, and everything else goes on learning."""

import pytest
import torch

from designer.graph.document import Document
from designer.graph.edits import SetMarks
from designer.graph.templates import load_template
from designer.jobs.client import run_here
from designer.jobs.specs import TrainJob
from designer.train.checkpoint import load_tensors
from designer.train.learning import Learning
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import failed, finished, network, run, same, weights

SPEC = TrainSpec(epochs=2, batch_size=40, learning_rate=0.01, weight_decay=0.1, device="cpu")


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_what_is_frozen_stays_and_the_rest_learns(digits, optimizer):
    module = network()
    before = weights(module)
    finished(run(module, digits, SPEC.model_copy(update={"optimizer": optimizer}), frozen=("0", "1", "9.nothing")))
    after = weights(module)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"6.weight", "6.bias"}  # neither the convolution, nor the norm's weights and running statistics


def test_statistics_move_when_only_another_block_is_frozen(digits):
    module = network()
    before = weights(module)
    finished(run(module, digits, SPEC, frozen=("0",)))
    assert not torch.equal(before["1.running_mean"], weights(module)["1.running_mean"])
    assert torch.equal(before["0.weight"], weights(module)["0.weight"])


def test_dropout_in_a_frozen_block_still_drops():
    learning = Learning(network(), SPEC, frozen=("1", "5"))
    learning.enter(1)
    assert [type(layer).__name__ for layer in learning.still] == ["BatchNorm2d"]


def test_nothing_left_to_learn_is_one_sentence(digits):
    end = failed(run(network(), digits, SPEC, frozen=("0", "1", "6")))
    assert end.message == ("Every block with weights is frozen, so there is nothing to learn. Unfreeze at least one.")


def test_going_on_needs_the_same_blocks_frozen(digits, tmp_path):
    resumed = network()
    finished(run(network(), digits, SPEC.model_copy(update={"epochs": 1, "schedule": "constant"}), frozen=("0", "1"),
                 folder=tmp_path / "half"))  # fmt: skip
    longer = SPEC.model_copy(update={"schedule": "constant"})
    finished(run(resumed, digits, longer, frozen=("0", "1"), resume=tmp_path / "half"))
    straight = network()
    finished(run(straight, digits, longer, frozen=("0", "1")))
    assert same(weights(resumed), weights(straight))
    assert "other frozen blocks" in failed(run(network(), digits, SPEC, resume=tmp_path / "half")).message


def test_a_drawing_with_frozen_marks_trains_so(tmp_path):
    document = Document(load_template("digits"))
    names = [name for name, node in document.network.nodes.items() if node.type in ("conv2d", "batch_norm2d")]
    document.do(SetMarks(tuple(names), {"frozen": True}))
    spec = TrainJob.model_validate(
        {"train": {"epochs": 1, "device": "cpu"}, "data": {"source": "digits", "limit": 200}}
    )
    first = run_here(spec, document.network, tmp_path / "one")
    assert first.wait()[-1]["type"] == "finished"
    start = load_tensors(first.folder.weights)[0]
    again = run_here(spec, document.network, tmp_path / "two", weights=first.folder.weights)
    assert again.wait()[-1]["type"] == "finished"
    end = load_tensors(again.folder.weights)[0]
    frozen = {key for key in start if key.rsplit(".", 1)[0] in names}
    assert frozen and {key for key in start if torch.equal(start[key], end[key])} == frozen
