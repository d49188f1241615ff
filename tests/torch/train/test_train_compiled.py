"""A drawn network, compiled, trained on real data, and blamed by its blocks' names."""

from functools import partial

import pytest
import torch

from designer.codegen.module import block_of, build
from designer.codegen.python import compile_network
from designer.data.open import open_data
from designer.data.spec import DataSpec
from designer.evaluate.evaluate import evaluate
from designer.graph.templates import load_template
from designer.train.loop import train
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import Pair, failed, finished, run


@pytest.fixture(scope="module")
def program():
    return compile_network(load_template("digits"))


def test_the_digits_example_is_learned_and_evaluates_to_the_same_figures(program):
    dims = tuple(program.inputs[0].dims[1:])
    data = open_data(DataSpec(source="digits"), dims)
    module = build(program)
    events = run(module, data, TrainSpec(epochs=3, learning_rate=0.005, device="cpu"), program.outputs)
    end = finished(events)
    assert end.final_accuracy >= 0.9
    result = evaluate(module, data.validation, classes=data.classes, loss=torch.nn.functional.cross_entropy)
    assert result.accuracy == end.final_accuracy
    assert result.loss == pytest.approx(end.final_loss, rel=1e-5)


def test_the_block_that_failed_is_named(program):
    channels, height, width = program.inputs[0].dims[1:]
    x, y = torch.randn(8, channels, height * 2, width * 2), torch.arange(8)  # not what the network was drawn for
    module = build(program)
    spec = TrainSpec(epochs=1, batch_size=4, device="cpu")
    blame = partial(block_of, program)
    error = failed(list(train(module, Pair((x, y), (x, y)), spec, program.outputs, blame=blame)))
    assert error.kind == "block" and error.block in program.lines.values()
    assert f"“{error.block}” failed in batch 1" in error.message
