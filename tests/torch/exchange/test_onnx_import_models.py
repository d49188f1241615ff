"""Whole models: those of the onnx package, exports of torchvision's, and every export of our own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import torchvision

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.data.spec import Normalisation
from designer.exchange.format import Bundle
from designer.exchange.formats.onnx_file import FORMAT
from designer.exchange.formats.pt2 import exporter_warnings
from designer.exchange.onnx_import.read import Read, read_onnx
from designer.exchange.origin import Request, origin_of
from designer.graph.templates import load_template, templates
from tests.torch.exchange.onnx_kit import original, run

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
MODELS = sorted(path.stem for path in LIGHT.glob("*.onnx"))


def kinds(read: Read) -> Counter[str]:
    return Counter(node.type for node in read.sketch.network.nodes.values())


def check_equal(path: Path, read: Read, feed: dict[str, torch.Tensor], tolerance: float = 1e-4) -> None:
    found = run(read, feed)
    for name, truth in original(path, feed).items():
        scale = max(1.0, float(np.abs(truth).max()))
        assert found[name].shape == truth.shape and float(np.abs(found[name] - truth).max()) <= tolerance * scale


def shuffled(path: Path, folder: Path) -> Path:
    """The model with random weights in the place of constant ones, so that a wrong layer shows."""
    model = onnx.load(path)
    sizes = {weight.name: onnx.numpy_helper.to_array(weight) for weight in model.graph.initializer}
    random = np.random.default_rng(0)
    kept = []
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape":
            kept.append(node)
            continue
        shape = tuple(int(size) for size in sizes[node.input[0]])
        spread = 1 / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 0.1
        numbers = random.standard_normal(shape).astype(np.float32) * spread
        numbers = np.abs(numbers) + 0.5 if len(shape) == 1 else numbers
        model.graph.initializer.append(onnx.numpy_helper.from_array(numbers.astype(np.float32), node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    made = folder / path.name
    onnx.save(model, made)
    return made


@pytest.mark.parametrize("name", MODELS)
def test_light_models_match_onnx_runtime(name, tmp_path):
    # VGG, AlexNet and ZFNet have hundreds of megabytes of weights; they are read as they are.
    small = name not in ("light_vgg19", "light_bvlc_alexnet", "light_zfnet512")
    path = shuffled(LIGHT / f"{name}.onnx", tmp_path) if small else LIGHT / f"{name}.onnx"
    read = read_onnx(path)
    (entry,) = read.inputs
    check_equal(path, read, {entry: torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))})
    assert kinds(read)["operation"] <= 4  # average pooling with uneven padding, which no layer has
    (network_input,) = (node for node in read.sketch.network.nodes.values() if node.type == "input")
    assert network_input.params["batch"] is True  # the file says 1; any number of samples can be fed


def test_there_are_nine_light_models():
    assert len(MODELS) == 9


def exported(module: torch.nn.Module, size: tuple[int, ...], path: Path) -> Path:
    example = torch.randn(2, *size, generator=torch.Generator().manual_seed(1))
    with exporter_warnings(), torch.no_grad():
        program = torch.onnx.export(
            module.eval(), (example,), dynamo=True, dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False
        )
    assert program is not None
    onnx.save(program.model_proto, path)
    return path


VIT = {"image_size": 32, "patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": 16, "mlp_dim": 32}


@pytest.mark.parametrize(
    ("make", "size", "path_of_a_layer"),
    [
        pytest.param(
            lambda: torchvision.models.resnet18(num_classes=5), (3, 64, 64), "layer1.0.conv1", marks=pytest.mark.slow
        ),
        pytest.param(
            lambda: torchvision.models.mobilenet_v3_small(num_classes=5),
            (3, 64, 64),
            "features.0.0",
            marks=pytest.mark.slow,
        ),
        (lambda: torchvision.models.VisionTransformer(**VIT, num_classes=5), (3, 32, 32), "encoder.ln"),
    ],
    ids=["resnet18", "mobilenet_v3_small", "vit"],
)
def test_exports_of_torch_come_back_as_layers_under_their_paths(make, size, path_of_a_layer, tmp_path):
    torch.manual_seed(0)
    module = make()
    with torch.no_grad():
        for weight in module.parameters():  # the exporter keeps equal weights once
            weight.add_(torch.randn_like(weight) * 0.02)
    path = exported(module, size, tmp_path / "model.onnx")
    read = read_onnx(path)
    assert path_of_a_layer in read.sketch.network
    for batch in (1, 3):
        x = torch.randn(batch, *size, generator=torch.Generator().manual_seed(batch))
        check_equal(path, read_onnx(path), dict.fromkeys(read.inputs, x))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(made.name, marks=[pytest.mark.slow] if made.name == "signals-lstm" else [])
        for made in templates()
        if made.name != "blank"
    ],
)
def test_our_own_exports_come_back(name, tmp_path):
    program = compile_network(load_template(name))
    module = build(program, 3)
    with torch.no_grad():
        for key, value in module.state_dict().items():
            if key.endswith("running_var"):
                value.add_(0.5)
    size = tuple(side for side in program.inputs[0].dims[1:] if side is not None)
    example = (torch.randn(2, *size, generator=torch.Generator().manual_seed(1)),)
    classes = tuple(f"class {n}" for n in range(10))
    bundle = Bundle(module.eval(), program, example, classes, Normalisation(mean=(0.5,), std=(0.5,)))
    path = tmp_path / f"{name}.onnx"
    assert FORMAT.write is not None
    FORMAT.write(bundle, path)

    imported = origin_of(str(path)).read(Request(str(path)))
    report = json.loads(json.dumps(imported.report))
    assert report["difference"] < 1e-5 and imported.tensors is not None
    assert tuple(imported.labels) == classes and imported.normalisation == bundle.normalisation
    ours = module.state_dict()
    # ONNX has the weights of an LSTM in a form of its own.
    linear = [key for key in ours if ours[key].ndim > 1 and not key.startswith("lstm.")]
    assert set(linear) <= set(imported.tensors)
    again = build(compile_network(imported.network), None)
    again.load_state_dict(dict(imported.tensors), strict=True)
    with torch.no_grad():
        assert torch.allclose(again.eval()(*example), module(*example), atol=1e-5)
