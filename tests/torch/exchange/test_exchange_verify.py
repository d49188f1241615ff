"""Each export is run in its own engine on real samples; a bad one leaves nothing behind."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from designer.codegen.module import build
from designer.codegen.program import Program
from designer.data.open import Data, open_data
from designer.data.spec import DataSpec
from designer.errors import ExportError, ProjectError, UsageError
from designer.exchange.format import Bundle, Inputs, Outputs, format_named, formats
from designer.exchange.verify import Report, export_and_verify, validation_pairs, validation_samples
from tests.torch.exchange.networks import CONVOLUTIONS, EMBEDDING, LSTM, TWO_OUTPUTS, program, used


@pytest.fixture(scope="module")
def digits() -> Data:
    return open_data(DataSpec(source="digits"), (1, 8, 8))


@pytest.fixture(scope="module")
def network(digits: Data) -> torch.nn.Module:
    return used(build(CONVOLUTIONS), digits.train.batch(slice(0, 200))[0])


def export(network: torch.nn.Module, data: Data, fmt: str, out: Path) -> Report:
    return export_and_verify(
        network,
        CONVOLUTIONS,
        None,
        validation_samples(data),
        fmt,
        out,
        classes=data.classes,
        normalisation=data.normalisation,
    )


def test_formats_are_listed_without_torch() -> None:
    code = (
        "import sys; from designer.exchange.format import formats; names = list(formats()); "
        "assert not {'torch', 'onnx', 'onnxruntime'} & set(sys.modules); print(*names)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"safetensors", "pt2", "onnx", "python", "pth"} <= set(done.stdout.split())
    with pytest.raises(UsageError, match="Choose one of safetensors, pth, pt2, onnx, onnx-int8, python"):
        format_named("pdf")


@pytest.mark.parametrize("fmt", ["safetensors", "pth", "pt2", "onnx", "python", "torchscript"])
def test_real_samples_agree(fmt: str, network: torch.nn.Module, digits: Data, tmp_path: Path) -> None:
    seen: list[float | None] = []
    out = tmp_path / f"digits{formats()[fmt].suffix}"
    report = export_and_verify(
        network,
        CONVOLUTIONS,
        None,
        validation_samples(digits),
        fmt,
        out,
        classes=digits.classes,
        normalisation=digits.normalisation,
        progress=lambda fraction, text: seen.append(fraction),
        targets=validation_pairs(digits)[1],
    )
    assert report.accuracy_before == report.accuracy_after and 0 <= report.accuracy_before <= 1  # type: ignore[operator]
    assert (set(report.latency) == {"1", "32"}) == (formats()[fmt].opened is not None)
    assert network.training  # the caller's module is as it was
    assert report.samples == 256 and report.agree == 1.0
    assert set(report.batch_sizes) >= {1, 2, 7, 32, 64, 128}
    assert report.max_abs_diff == 0.0 if formats()[fmt].exact else report.max_abs_diff <= report.tolerance < 0.01
    assert 0 <= report.mean_abs_diff <= report.max_abs_diff
    weights = 4 * sum(p.numel() for p in network.parameters())
    assert weights < report.size_bytes < weights + 65_000  # the samples (65 kB) must not travel along
    assert seen[-1] == 1.0 and "256 samples in batches of 1 to 128" in report.sentence
    saved = json.loads((tmp_path / f"{out.name}.report.json").read_text())
    assert saved == json.loads(json.dumps(report.to_dict()))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [out.name, f"{out.name}.report.json", f"{out.name}.report.md"]
    )
    check_metadata(fmt, out, digits)


@pytest.mark.parametrize("fmt", ["safetensors", "pt2", "onnx"])
@pytest.mark.parametrize("text", [LSTM, EMBEDDING, TWO_OUTPUTS], ids=["lstm", "embedding", "two-outputs"])
def test_other_networks(fmt: str, text: Program, tmp_path: Path) -> None:
    torch.manual_seed(1)
    size = (40, *(dim for dim in text.inputs[0].dims if dim is not None))
    samples = torch.randint(0, 30, size) if text.inputs[0].dtype == "int64" else torch.randn(size)
    report = export_and_verify(build(text), text, None, samples, fmt, tmp_path / "net")
    assert report.samples == 40
    assert report.agree == (None if text is TWO_OUTPUTS else 1.0)


def test_one_sample_is_enough(network: torch.nn.Module, digits: Data, tmp_path: Path) -> None:
    one = validation_samples(digits, 1)
    assert export_and_verify(network, CONVOLUTIONS, None, one, "pt2", tmp_path / "a.pt2").samples == 1
    with pytest.raises(ExportError, match="At least one sample"):
        export_and_verify(network, CONVOLUTIONS, None, one[:0], "pt2", tmp_path / "b.pt2")


def check_metadata(fmt: str, out: Path, data: Data) -> None:
    """The file carries what its user needs."""
    if fmt == "onnx":
        props = {item.key: item.value for item in onnx.load(out).metadata_props}
        session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
        assert [(i.name, i.shape[0]) for i in session.get_inputs()] == [("pixels", "batch")]
        assert [i.name for i in session.get_outputs()] == ["output"]
    elif fmt == "pt2":
        extra = {"layerloom.json": ""}
        torch.export.load(out, extra_files=extra)
        props = json.loads(extra["layerloom.json"])
    elif fmt == "torchscript":
        extra = {"layerloom.json": ""}
        with pytest.warns(FutureWarning, match="deprecated"):
            torch.jit.load(str(out), _extra_files=extra)  # type: ignore[no-untyped-call]
        props = json.loads(extra["layerloom.json"])
    elif fmt == "pth":
        return  # a state dict and nothing else
    else:
        with safe_open(out if out.is_file() else out / "weights.safetensors", "pt") as file:
            props = file.metadata()
    assert json.loads(props["classes"]) == list("0123456789")
    assert json.loads(props["mean"]) == list(data.mean)
    assert json.loads(props["std"]) == list(data.std)
    assert props["layerloom_version"]


def test_python_folder_works_alone_and_is_replaced(network: torch.nn.Module, digits: Data, tmp_path: Path) -> None:
    out = tmp_path / "export"
    out.mkdir()
    for name in ("model.py", "predict.py", "weights.safetensors", "stale.txt"):
        (out / name).touch()  # an earlier export is replaced as a whole
    export(network, digits, "python", out)
    assert {path.name for path in out.iterdir()} == {
        "README.md",
        "model.py",
        "predict.py",
        "requirements.txt",
        "weights.safetensors",
    }
    assert (out / "model.py").read_text() == CONVOLUTIONS.source
    assert (out / "requirements.txt").read_text().split() == ["Pillow", "numpy", "safetensors", "torch"]
    Image.fromarray(digits.validation.raw(5)[..., 0]).save(tmp_path / "five.png")
    done = subprocess.run(
        [sys.executable, "-I", str(out / "predict.py"), str(tmp_path / "five.png")],
        capture_output=True,
        text=True,
        check=True,
    )
    with torch.inference_mode():
        chances = network.eval()(digits.validation.batch([5])[0]).softmax(1)[0]
    network.train()
    assert done.stdout.strip().endswith(f"five.png: {int(chances.argmax())} ({float(chances.max()):.1%})")


def test_a_folder_of_somebody_else_is_never_replaced(network: torch.nn.Module, digits: Data, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    for fmt in ("python", "pt2"):
        with pytest.raises(ExportError, match=r"is a folder|not an earlier export"):
            export(network, digits, fmt, mine)
    with pytest.raises(ExportError, match="does not exist"):
        export(network, digits, "pt2", tmp_path / "no" / "a.pt2")
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "thesis.txt"]


def off_by(amount: float) -> object:
    fmt = format_named("safetensors")
    assert fmt.run is not None
    real = fmt.run

    def run(bundle: Bundle, path: Path, batches: list[Inputs]) -> list[Outputs]:
        return [tuple(tensor + amount for tensor in outputs) for outputs in real(bundle, path, batches)]

    return run


@pytest.mark.parametrize(
    ("exact", "amount", "fails"),
    [(True, 1e-5, True), (False, 1e-5, False), (False, 1e-2, True), (False, float("nan"), True)],
)
def test_what_differs_is_not_saved_and_the_old_file_stays(
    exact: bool, amount: float, fails: bool, network: torch.nn.Module, digits: Data, tmp_path: Path
) -> None:
    fmt = dataclasses.replace(format_named("safetensors"), run=off_by(amount), exact=exact)
    out = tmp_path / "a.safetensors"
    out.write_text("the old one")
    samples = validation_samples(digits, 20)
    if fails:
        with pytest.raises(ExportError, match=r"outputs differ by|not finite"):
            export_and_verify(network, CONVOLUTIONS, None, samples, fmt, out)
        assert out.read_text() == "the old one"
        assert list(tmp_path.iterdir()) == [out]
    else:
        report = export_and_verify(network, CONVOLUTIONS, None, samples, fmt, out)
        assert report.max_abs_diff == pytest.approx(amount, rel=0.1)


@pytest.mark.parametrize("fmt", ["pt2", "onnx"])
def test_what_cannot_be_traced_is_said(fmt: str, tmp_path: Path) -> None:
    branching = program("self.fc = nn.Linear(4, 2)", "return self.fc(x) if x.sum() > 0 else -self.fc(x)", (4,))
    with pytest.raises(ExportError, match="cannot be exported as") as caught:
        export_and_verify(build(branching), branching, None, torch.randn(8, 4), fmt, tmp_path / "a")
    assert len(str(caught.value)) < 500 and "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_network_of_nan_is_not_exported(tmp_path: Path) -> None:
    module = build(LSTM)
    with torch.no_grad():
        module.fc.weight.fill_(float("nan"))
    with pytest.raises(ExportError, match="not finite"):
        export_and_verify(module, LSTM, None, torch.randn(8, 8, 8), "safetensors", tmp_path / "a")


def test_weights_from_a_file_are_what_is_exported(network: torch.nn.Module, digits: Data, tmp_path: Path) -> None:
    export(network, digits, "safetensors", tmp_path / "trained.safetensors")
    fresh = build(CONVOLUTIONS, seed=9)
    samples = validation_samples(digits, 16)
    export_and_verify(
        fresh, CONVOLUTIONS, tmp_path / "trained.safetensors", samples, "safetensors", tmp_path / "b.safetensors"
    )
    with safe_open(tmp_path / "b.safetensors", "pt") as file:
        for name, tensor in network.state_dict().items():
            assert torch.equal(file.get_tensor(name), tensor)
    assert not torch.equal(fresh.conv1.weight, network.conv1.weight)
    with pytest.raises(ProjectError, match="of another network: 1 of 6 weights fit; 1 have another shape"):
        export_and_verify(
            build(LSTM), LSTM, tmp_path / "trained.safetensors", torch.randn(3, 8, 8), "pt2", tmp_path / "c.pt2"
        )


def test_text_that_imports_layerloom_is_refused(tmp_path: Path) -> None:
    bad = dataclasses.replace(LSTM, source="import designer\n" + LSTM.source)
    with pytest.raises(ExportError, match="imports Layerloom"):
        export_and_verify(build(LSTM), bad, None, torch.randn(3, 8, 8), "python", tmp_path / "a")


def test_hostile_class_names_stay_text(tmp_path: Path) -> None:
    names = ('"""', "'); import os  #", "\\", "$class_name", "\n", "{0}", "é")
    samples = torch.randint(0, 30, (9, 6))
    report = export_and_verify(build(EMBEDDING), EMBEDDING, None, samples, "python", tmp_path / "a", classes=names)
    assert report.max_abs_diff == 0.0 and report.samples == 9
    assert "torch.zeros(1, 6, dtype=torch.long)" in (tmp_path / "a" / "README.md").read_text()
    scope: dict[str, object] = {}
    line = next(t for t in (tmp_path / "a" / "predict.py").read_text().splitlines() if t.startswith("CLASSES"))
    exec(line, scope)
    assert scope["CLASSES"] == names


def test_samples_are_spread_over_the_validation_set(digits: Data) -> None:
    assert validation_samples(digits, 10_000).shape == (359, 1, 8, 8)
    ten = validation_samples(digits, 10)
    np.testing.assert_array_equal(ten[-1], digits.validation.batch([358])[0][0])


def test_no_project_and_no_source_of_weights_is_written_over(
    network: torch.nn.Module, digits: Data, tmp_path: Path
) -> None:
    project, weights = tmp_path / "net.loom", tmp_path / "net.safetensors"
    project.write_text("{}")
    export(network, digits, "safetensors", weights)
    kept = weights.read_bytes()
    samples = validation_samples(digits, 4)
    for out, said in ((project, "a project"), (weights, "Choose another"), (tmp_path / ("x" * 300), "too long")):
        with pytest.raises(ExportError, match=said):
            export_and_verify(build(CONVOLUTIONS), CONVOLUTIONS, weights, samples, "safetensors", out)
    assert project.read_text() == "{}" and weights.read_bytes() == kept


def test_what_a_killed_export_left_goes_with_the_next(network: torch.nn.Module, digits: Data, tmp_path: Path) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    (tmp_path / f".a.onnx.{done.pid}.part.onnx").write_bytes(b"half")
    (tmp_path / f".b.onnx.{done.pid}.part.onnx").write_bytes(b"of another export")
    export(network, digits, "safetensors", tmp_path / "a.onnx")
    assert {path.name for path in tmp_path.iterdir()} == {
        "a.onnx",
        "a.onnx.report.json",
        "a.onnx.report.md",
        f".b.onnx.{done.pid}.part.onnx",
    }
