"""Several outputs (auxiliary heads), several inputs and shared layers in training: losses add up with their weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from designer.cli import main
from designer.codegen.module import build
from designer.codegen.program import Program
from designer.codegen.python import compile_network
from designer.graph.document import Document
from designer.graph.edits import AddBlock, Batch, Connect, SetParams
from designer.graph.model import Wire
from designer.graph.phrase.chain import chain
from designer.graph.phrase.grammar import parse
from designer.graph.sharing import together
from designer.project.file import Project, load_project, save_project
from designer.train.events import Validated, from_dict, to_dict
from designer.train.objective import Objective
from designer.train.spec import TrainSpec
from tests.torch.train.train_cases import Pair, digits, failed, finished, of, run

SPEC = TrainSpec(epochs=2, batch_size=50, learning_rate=0.01, device="cpu")


def headed(weight: float = 0.3) -> Document:
    """A small network for the digits with an auxiliary head in the middle, as GoogLeNet has two."""
    document = Document()
    document.do(
        chain(
            document,
            parse("input 1x8x8 | conv 8 k3 | relu | conv 8 k3 | relu | flatten | linear 10 | classification output 10"),
        )
    )
    network = document.network
    middle = next(n for n in network.order() if network[n].type == "relu")
    document.do(
        Batch(
            "",
            (
                AddBlock("aux_pool", "global_avg_pool"),
                AddBlock("aux_fc", "linear", {"out_features": 10}),
                AddBlock("aux", "classification_output", {"classes": 10, "weight": weight}),
                Connect(Wire(middle, 0, "aux_pool", 0)),
                Connect(Wire("aux_pool", 0, "aux_fc", 0)),
                Connect(Wire("aux_fc", 0, "aux", 0)),
            ),
        )
    )
    assert not document.has_errors, document.problems
    return document


def compiled(document: Document) -> tuple[Program, torch.nn.Module]:
    program = compile_network(document.network)
    return program, build(program, 0)


def test_losses_are_summed_with_the_weights_of_the_outputs() -> None:
    program, module = compiled(headed())
    assert next((o.name, o.weight) for o in program.outputs) == ("aux", 0.3)
    assert program.main is not None and program.main.name != "aux"
    x, y = digits(40).train.batch(slice(0, 40), torch.device("cpu"))
    aux, logits = module(x)
    loss, (hits, _) = Objective(program.outputs, {})((aux, logits), y)
    torch.testing.assert_close(loss, functional.cross_entropy(logits, y) + 0.3 * functional.cross_entropy(aux, y))
    assert hits is not None and hits.item() == (logits.argmax(1) == y).sum().item()


def test_each_output_is_measured_and_the_main_one_counts() -> None:
    program, module = compiled(headed())
    data = digits()
    events = run(module, data, SPEC, program.outputs)
    end = finished(events)
    last = of(events, Validated)[-1]
    name = program.main.name if program.main else ""
    assert set(last.outputs) == {"aux", name} and last.accuracy == last.outputs[name]["accuracy"] == end.final_accuracy
    own = {key: figures["loss"] or 0.0 for key, figures in last.outputs.items()}
    assert last.loss == pytest.approx(own[name] + 0.3 * own["aux"], rel=1e-5)
    x, y = data.validation.batch(slice(0, len(data.validation)), torch.device("cpu"))
    with torch.inference_mode():
        aux, logits = module.eval()(x)
    assert last.outputs["aux"]["accuracy"] == pytest.approx((aux.argmax(1) == y).float().mean().item())
    assert own[name] == pytest.approx(functional.cross_entropy(logits, y).item(), rel=1e-4)
    assert from_dict(json.loads(json.dumps(to_dict(last)))) == last


def test_an_output_of_weight_0_is_not_trained() -> None:
    program, module = compiled(headed(0.0))
    before = module.get_parameter("aux_fc.weight").clone()
    events = run(module, digits(), SPEC, program.outputs)
    finished(events)
    assert torch.equal(before, module.get_parameter("aux_fc.weight")) and not of(events, Validated)[-1].outputs
    document = headed(0.0)
    document.do(SetParams(program.main.name if program.main else "", {"weight": 0.0}))
    program, module = compiled(document)
    assert "weight above 0" in failed(run(module, digits(), SPEC, program.outputs)).message


def test_a_project_with_two_heads_trains_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "heads.loom"
    save_project(Project(network=headed().network), file)
    assert (
        main(
            [
                "train",
                str(file),
                "--data",
                "digits",
                "--limit",
                "400",
                "--epochs",
                "2",
                "--lr",
                "0.01",
                "--device",
                "cpu",
            ]
        )
        == 0
    )
    said = capsys.readouterr().out
    assert said.count("aux: validation loss") == 2
    assert main(["evaluate", str(file), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    first, second = result["outputs"]
    assert second["name"] == "aux" and first["accuracy"] == result["accuracy"]
    assert load_project(file).network["aux"].params["weight"] == 0.3


def test_two_inputs_train_through_the_api() -> None:
    document = Document()
    blocks = [("left", "input", {"size": (3,)}), ("right", "input", {"size": (2,)}), ("both", "concatenate", {}),
              ("fc", "linear", {"out_features": 2}), ("out", "classification_output", {"classes": 2})]  # fmt: skip
    wires = [("left", "both", 0), ("right", "both", 1), ("both", "fc", 0), ("fc", "out", 0)]
    edits = [*(AddBlock(*b) for b in blocks), *(Connect(Wire(a, 0, b, slot)) for a, b, slot in wires)]
    document.do(Batch("", tuple(edits)))
    program, module = compiled(document)
    assert [i.name for i in program.inputs] == ["left", "right"]
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn(80, 3, generator=generator), torch.randn(80, 2, generator=generator)
    y = (left[:, 0] + right[:, 0] > 0).long()

    class Sides:
        def __len__(self) -> int:
            return 80

        def batch(self, indices: torch.Tensor | slice, device: torch.device):
            return (left[indices], right[indices]), y[indices]

    data = Pair((left, y), (left, y))
    data.train = data.validation = Sides()
    end = finished(
        run(module, data, TrainSpec(epochs=40, batch_size=20, learning_rate=0.05, device="cpu"), program.outputs)
    )
    assert end.final_accuracy is not None and end.final_accuracy > 0.95


def test_a_network_with_shared_layers_learns() -> None:
    document = headed()
    first, second = [n for n in document.network.order() if document.network[n].type == "conv2d"]
    document.do(SetParams(first, {"out_channels": 1}))
    document.do(together(document.network, [first, second]))
    assert not document.has_errors
    program, module = compiled(document)
    before = module.get_parameter(f"{first}.weight").clone()
    end = finished(run(module, digits(), SPEC.model_copy(update={"epochs": 4}), program.outputs))
    assert end.final_accuracy is not None and end.final_accuracy > 0.5
    assert not torch.equal(before, module.get_parameter(f"{first}.weight"))
    assert second not in {name.rpartition(".")[0] for name, _ in module.named_parameters()}
