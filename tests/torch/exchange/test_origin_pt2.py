"""Exported programs come back as editable networks: our own and torchvision's, with an open batch or a fixed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.export import Dim
from torchvision import models

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.data.spec import Normalisation
from designer.errors import DataError
from designer.exchange.format import Bundle, format_named
from designer.exchange.origin import Imported, Request, origin_of
from designer.graph.infer import Shapes
from designer.graph.templates import load_template
from tests.pure.blocks.block_cases import NIGHTLY
from tests.torch.exchange.networks import used

NORMALISATION = Normalisation(mean=(0.5,), std=(0.25,))


def read(path: Path, **options: Any) -> Imported:
    origin = origin_of(str(path))
    assert origin.name == "pt2" and origin.runs_code
    return origin.read(Request(str(path), trust=True, **options))


def module_of(found: Imported) -> nn.Module:
    assert found.tensors is not None
    module = build(compile_network(found.network, shapes=Shapes(found.network)), None)
    module.load_state_dict(dict(found.tensors), strict=True)
    return module.eval()


def exported(model: nn.Module, path: Path, *size: int, batch: int | None = None, core: bool = False) -> nn.Module:
    """The model saved as a program, for any batch or for one only; as it is traced, or in torch's core operations."""
    shapes = None if batch else ({0: Dim("batch", min=1, max=1024)},)
    with torch.no_grad():
        program = torch.export.export(model.eval(), (torch.randn(batch or 2, *size),), dynamic_shapes=shapes)
    torch.export.save(program.run_decompositions() if core else program, path)
    return model


def assert_same(found: Imported, model: nn.Module, *size: int, most: float = 0.0) -> None:
    """Equal at batches that were never exported, and with every key of the state dict."""
    assert found.report["difference"] <= most and found.tensors is not None
    module = module_of(found)
    for batch in (1, 5):
        x = torch.randn(batch, *size, generator=torch.Generator().manual_seed(batch))
        with torch.no_grad():
            assert (module(x) - model(x)).abs().max() <= most
    fixed = {name for name, node in found.network.nodes.items() if node.type == "constant"}
    renamed = found.report["renamed"]  # odd letters in paths, such as block2-0
    keys = {_told(key, renamed) for key in model.state_dict()}
    assert set(found.tensors) - (fixed - keys) == keys


def _told(key: str, renamed: dict[str, str]) -> str:
    home = max((path for path in renamed if key.startswith(f"{path}.")), key=len, default="")
    return renamed[home] + key[len(home) :] if home else key


# --- our own ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits", "lenet5", "small-resnet", "small-vgg"])
def test_an_export_of_our_own_comes_back(name: str, tmp_path: Path) -> None:
    network = load_template(name)
    program = compile_network(network, shapes=Shapes(network))
    size = tuple(int(side) for side in program.inputs[0].dims[1:])
    module = used(build(program), torch.randn(8, *size)).eval()
    classes = tuple(f"kind {n}" for n in range(10))
    bundle = Bundle(module, program, (torch.empty(2, *size),), classes, NORMALISATION)
    write = format_named("pt2").write
    assert write is not None
    write(bundle, tmp_path / "own.pt2")
    found = read(tmp_path / "own.pt2")
    assert_same(found, module, *size)
    weighted = {n for n, node in network.nodes.items() if any(key.startswith(f"{n}.") for key in module.state_dict())}
    assert {n: network[n].type for n in weighted} == {n: found.network[n].type for n in weighted}
    assert not [n for n in found.network.nodes.values() if n.type == "operation"]
    (end,) = [n for n in found.network.nodes.values() if n.block.role == "output"]
    assert end.type == "classification_output" and end.params["labels"] == classes
    assert found.normalisation == NORMALISATION and found.labels == classes


# --- others' ----------------------------------------------------------------------------------------------------


def vit() -> nn.Module:
    return models.VisionTransformer(32, 16, 2, 2, 16, 32, num_classes=7)


def swin() -> nn.Module:
    return models.SwinTransformer([4, 4], 16, [2, 2], [2, 4], [4, 4], num_classes=5)


def small_resnet() -> nn.Module:
    return models.ResNet(models.resnet.BasicBlock, [1, 1, 1, 1])


LINE: list[tuple[Any, int, dict[str, Any]]] = [
    (small_resnet, 64, {"batch": 1}),
    (models.mobilenet_v3_small, 64, {}),
    (vit, 32, {}),
    (vit, 32, {"batch": 1}),
]
LONG: list[tuple[Any, int, dict[str, Any]]] = [
    (models.resnet18, 64, {}),
    (models.mobilenet_v3_small, 64, {"core": True, "batch": 2}),
    (models.shufflenet_v2_x0_5, 64, {"batch": 2}),
    (vit, 32, {"core": True}),
    (swin, 64, {"batch": 1}),
    (swin, 64, {}),
    (models.densenet121, 64, {"core": True}),
    (models.efficientnet_b0, 64, {}),
    (models.regnet_y_400mf, 64, {"batch": 3}),
    (models.convnext_tiny, 64, {"core": True}),
]


@pytest.mark.parametrize("case", [*LINE, *(LONG if NIGHTLY else [])], ids=lambda c: f"{c[0].__name__}-{c[2]}")
def test_programs_of_torchvision_come_back(case: tuple[Any, int, dict[str, Any]], tmp_path: Path) -> None:
    make, edge, options = case
    torch.manual_seed(0)
    model = make()
    used(model, torch.randn(4, 3, edge, edge))
    exported(model, tmp_path / "model.pt2", 3, edge, edge, **options)
    found = read(tmp_path / "model.pt2")
    assert_same(found, model, 3, edge, edge)
    batch = options.get("batch")
    assert found.report["notes"] == (
        [f"It was exported for a batch of {batch} only; here it takes any."] if batch else []
    )


def test_names_and_layers_are_those_of_the_original(tmp_path: Path) -> None:
    exported(small_resnet(), tmp_path / "r.pt2", 3, 64, 64)
    network = read(tmp_path / "r.pt2").network
    kinds = {n: node.type for n, node in network.nodes.items()}
    assert kinds["layer1.0.conv1"] == "conv2d" and kinds["layer2.0.downsample.1"] == "batch_norm2d"
    assert kinds["layer1.0.relu"] == kinds["layer1.0.relu_2"] == "relu" and kinds["maxpool"] == "max_pool2d"
    assert "operation" not in kinds.values()
    exported(vit(), tmp_path / "v.pt2", 3, 32, 32)
    kinds = {n: node.type for n, node in read(tmp_path / "v.pt2").network.nodes.items()}
    attention = [n for n, kind in kinds.items() if kind == "multihead_attention"]
    assert attention == [f"encoder.layers.encoder_layer_{n}.self_attention" for n in range(2)]
    assert "operation" not in kinds.values()


def test_dropout_comes_back_although_the_export_was_for_use_only(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.3), nn.Linear(4, 2))
    exported(model, tmp_path / "d.pt2", 4)
    network = read(tmp_path / "d.pt2").network
    assert {name: node.type for name, node in network.nodes.items()}["net.1"] == "dropout"
    assert network["net.1"].params["p"] == 0.3


def test_an_open_size_is_asked_for(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with torch.no_grad():
        program = torch.export.export(
            model.eval(), (torch.randn(2, 3, 16, 16),), dynamic_shapes=({0: Dim.AUTO, 2: Dim.AUTO, 3: Dim.AUTO},)
        )
    torch.export.save(program, tmp_path / "open.pt2")
    with pytest.raises(DataError, match="--size"):
        read(tmp_path / "open.pt2")
    assert read(tmp_path / "open.pt2", size=24).report["input"] == [3, 24, 24]


def test_what_no_block_can_say_is_refused_by_name(tmp_path: Path) -> None:
    class Odd(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.linalg.svdvals(x)

    exported(Odd(), tmp_path / "odd.pt2", 4, 4)
    with pytest.raises(DataError, match=r"svd"):
        read(tmp_path / "odd.pt2")


def test_a_program_is_told_by_its_content(tmp_path: Path) -> None:
    exported(nn.Linear(4, 2), tmp_path / "a.pt2", 4)
    (tmp_path / "a.bin").write_bytes((tmp_path / "a.pt2").read_bytes())
    assert origin_of(str(tmp_path / "a.bin")).name == "pt2"
    found = origin_of(str(tmp_path / "a.bin")).read(Request(str(tmp_path / "a.bin"), trust=True))
    assert found.report["difference"] == 0.0
