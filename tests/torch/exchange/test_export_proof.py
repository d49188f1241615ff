"""What an export can be asked for, and what is said where a file computes something else."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from designer.codegen.module import build
from designer.codegen.program import Program
from designer.codegen.python import compile_network
from designer.data.open import Data, open_data
from designer.data.spec import DataSpec, Normalisation
from designer.errors import ExportError, UsageError
from designer.exchange.format import Bundle, Format, format_named
from designer.exchange.options import ExportOptions
from designer.exchange.origin import Request, origin_of
from designer.exchange.suspect import inside
from designer.exchange.verify import Report, export_and_verify, spread, validation_pairs
from designer.exchange.weights import load_weights
from designer.graph.infer import Shapes
from designer.graph.templates import load_template


@pytest.fixture(scope="module")
def digits() -> Data:
    return open_data(DataSpec(source="digits"), (1, 8, 8))


@pytest.fixture(scope="module")
def text() -> Program:
    return compile_network(load_template("digits"))


@pytest.fixture(scope="module")
def trained(text: Program, digits: Data) -> nn.Module:
    """Good enough that rounding could harm it."""
    module = build(text).train()
    optimiser = torch.optim.Adam(module.parameters(), 3e-3)
    x, y = spread(digits.train, 1200)
    generator = torch.Generator().manual_seed(0)
    for _ in range(60):
        rows = torch.randint(0, len(x), (128,), generator=generator)
        optimiser.zero_grad()
        nn.functional.cross_entropy(module(x[rows]), y[rows]).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return module


def export(
    module: nn.Module, text: Program, data: Data, fmt: Format | str, out: Path, options: ExportOptions | None = None
) -> Report:
    samples, targets = validation_pairs(data)
    return export_and_verify(
        module,
        text,
        None,
        samples,
        fmt,
        out,
        classes=data.classes,
        normalisation=data.normalisation,
        targets=targets,
        options=options,
        calibration=(spread(data.train, 128)[0],),
    )


def test_int8_is_smaller_and_says_what_it_costs(
    trained: nn.Module, text: Program, digits: Data, tmp_path: Path
) -> None:
    out = tmp_path / "a.onnx"
    report = export(trained, text, digits, "onnx-int8", out)
    assert report.tolerance is None and report.max_abs_diff > 0
    assert report.accuracy_before is not None and report.accuracy_after is not None
    assert report.accuracy_before > 0.9 and report.accuracy_after > report.accuracy_before - 0.03
    kinds = {node.op_type for node in onnx.load(out).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    assert any(tensor.data_type == onnx.TensorProto.INT8 for tensor in onnx.load(out).graph.initializer)
    words = (tmp_path / "a.onnx.report.md").read_text()
    assert "Accuracy of the file" in words and "given up on purpose" in words and "ONNX Runtime" in words
    with pytest.raises(ExportError, match="calibrated on real samples"):
        export_and_verify(trained, text, None, validation_pairs(digits)[0], "onnx-int8", tmp_path / "b.onnx")


@pytest.mark.parametrize("fmt", ["onnx", "onnx-int8"])
def test_raw_pixels_in_and_chances_out(
    fmt: str, trained: nn.Module, text: Program, digits: Data, tmp_path: Path
) -> None:
    out = tmp_path / "a.onnx"
    chosen = ExportOptions(preprocessing=True, probabilities=True, opset=19)
    report = export(trained, text, digits, fmt, out, chosen)
    assert report.options == {"preprocessing": True, "probabilities": True, "opset": 19}
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    pixels = digits.validation.raw(5).astype("float32").transpose(2, 0, 1)[None] / 255
    (chances,) = session.run(None, {session.get_inputs()[0].name: pixels})
    assert float(chances.sum()) == pytest.approx(1, abs=1e-5)
    assert int(chances.argmax()) == int(trained.eval()(digits.validation.batch([5])[0]).argmax())
    model = onnx.load(out)
    assert next(item.version for item in model.opset_import if item.domain == "") == 19
    props = {item.key: json.loads(item.value) for item in model.metadata_props if item.key != "layerloom_version"}
    assert props["normalised_inside"] is True and props["probabilities"] is True


def test_an_open_picture_size_is_proved(digits: Data, tmp_path: Path) -> None:
    text = compile_network(load_template("small-resnet"))
    module, samples = build(text).eval(), torch.randn(8, 3, 32, 32)
    for fmt in ("onnx", "pt2"):
        out = tmp_path / f"a.{fmt}"
        report = export_and_verify(module, text, None, samples, fmt, out, options=ExportOptions(open_size=True))
        assert report.samples == 12  # four of them larger
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx", providers=["CPUExecutionProvider"])
    assert [isinstance(size, str) for size in session.get_inputs()[0].shape] == [True, False, True, True]
    fixed = compile_network(load_template("lenet5"))
    with pytest.raises(ExportError, match="one size only"):
        size = [dim or 8 for dim in fixed.inputs[0].dims]
        export_and_verify(
            build(fixed), fixed, None, torch.randn(size), "onnx", tmp_path / "b", options=ExportOptions(open_size=True)
        )


def test_a_choice_that_a_format_cannot_heed_is_refused(
    trained: nn.Module, text: Program, digits: Data, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="has no option “Probabilities”"):
        export(trained, text, digits, "pt2", tmp_path / "a.pt2", ExportOptions(probabilities=True))


def test_every_block_can_be_looked_into() -> None:
    text = compile_network(load_template("small-resnet"))
    module, x = build(text).eval(), torch.randn(2, 3, 32, 32)
    found = inside(module, text, (x,))
    seen: dict[str, torch.Tensor] = {}
    module.get_submodule("layer2.bn3").register_forward_hook(lambda m, i, o: seen.update(bn3=o.clone()))
    module.get_submodule("layer3").register_forward_hook(lambda m, i, o: seen.update(layer3=o.clone()))
    with torch.inference_mode():
        answer = module(x)
    assert torch.equal(found["layer2.bn3"], seen["bn3"])
    assert torch.equal(found["layer3.relu2"], seen["layer3"]) and torch.equal(found["fc"], answer)
    assert set(text.lines.values()) == set(found)


@pytest.mark.parametrize("fmt", ["onnx", "pt2"])
@pytest.mark.parametrize("spoilt", ["layer2.conv2", "fc"])
def test_the_first_block_that_differs_is_named(fmt: str, spoilt: str, tmp_path: Path) -> None:
    text = compile_network(load_template("small-resnet"))
    module, samples = build(text).eval(), torch.randn(8, 3, 32, 32)
    real = format_named(fmt)
    assert real.write is not None

    def write(bundle: Bundle, path: Path) -> None:
        """A file whose one layer has other weights."""
        wrong = build(text).eval()
        with torch.no_grad():
            wrong.get_parameter(f"{spoilt}.weight")[0] += 0.5
        assert real.write is not None
        real.write(dataclasses.replace(bundle, module=wrong), path)

    out = tmp_path / "a"
    with pytest.raises(ExportError, match="does not compute") as caught:
        export_and_verify(module, text, None, samples, dataclasses.replace(real, write=write), out)
    # ONNX joins a convolution with its norm: what differs is then seen behind both
    named = {"layer2.conv2": {"layer2.conv2", "layer2.bn2"}, "fc": {"fc"}}[spoilt]
    assert any(f"The first block that differs is {name}, by " in str(caught.value) for name in named)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fmt", "suffix", "chosen"),
    [
        ("onnx", ".onnx", {}),
        ("onnx", ".onnx", {"simplify": False}),
        ("onnx", ".onnx", {"preprocessing": True}),
        ("pt2", ".pt2", {}),
        ("safetensors", ".safetensors", {}),
        ("pth", ".pth", {}),
    ],
)
def test_what_was_exported_opens_again_and_trains_on(
    fmt: str, suffix: str, chosen: dict[str, bool], trained: nn.Module, text: Program, digits: Data, tmp_path: Path
) -> None:
    out = tmp_path / f"a{suffix}"
    export(trained, text, digits, fmt, out, ExportOptions(**chosen))
    x = validation_pairs(digits, 40)[0]
    if fmt in ("safetensors", "pth"):
        again = build(text, None)
        load_weights(again, out)
    else:
        found = origin_of(str(out)).read(Request(str(out), trust=True))
        assert found.labels == digits.classes and found.normalisation is not None and found.tensors is not None
        if chosen.get("preprocessing"):  # its own blocks normalise, so nothing else may
            assert found.normalisation == Normalisation(mean=(0.0,), std=(1.0,))
            x = x * digits.std[0] + digits.mean[0]
        else:
            assert found.normalisation == digits.normalisation
            assert "operation" not in {node.type for node in found.network.nodes.values()}
        drawn = compile_network(found.network, shapes=Shapes(found.network))
        again = build(drawn, None)
        again.load_state_dict(dict(found.tensors), strict=True)
    with torch.inference_mode():
        want, got = trained.eval()(validation_pairs(digits, 40)[0]), again.eval()(x)
    assert (want - got).abs().max() < 1e-4
    again.train()
    nn.functional.cross_entropy(again(x), torch.zeros(40, dtype=torch.int64)).backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is not None for p in again.parameters())
