"""Mappings carried out: every declared change of a weight does what its sentence says; checkpoints of every kind."""

from __future__ import annotations

import argparse
import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from designer.errors import FileDamaged, UsageError
from designer.exchange.contents import look, read_part
from designer.exchange.mapping.apply import apply_map, weights_of_state
from designer.exchange.mapping.fit import Fit, propose
from designer.exchange.mapping.spec import WeightMap
from designer.exchange.mapping.transforms import TRANSFORMS, offers

shapes = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


def changed(by: str, tensor: torch.Tensor, fresh: torch.Tensor, rows: tuple[int, ...] = ()) -> torch.Tensor:
    way = TRANSFORMS[by]
    assert way.fits(tuple(fresh.shape), tuple(tensor.shape)), by
    return way.apply(tensor, fresh, rows)


@given(shapes, shapes)
def test_every_offer_gives_the_shape_that_is_wanted(target: tuple[int, ...], source: tuple[int, ...]) -> None:
    tensor, fresh = torch.randn(source), torch.randn(target)
    before = tensor.clone(), fresh.clone()
    for way in offers(target, source):
        made = way.apply(tensor, fresh, ())
        assert made.shape == fresh.shape and bool(torch.isfinite(made).all()), way.name
        if way.exact:
            assert sorted(made.flatten().tolist()) == sorted(tensor.flatten().tolist())
    assert torch.equal(tensor, before[0]) and torch.equal(fresh, before[1])


def test_a_grey_picture_gives_what_three_equal_channels_gave() -> None:
    colour, grey = nn.Conv2d(3, 4, 3, bias=False), nn.Conv2d(1, 4, 3, bias=False)
    grey.weight.data = changed("sum_inputs", colour.weight.data, grey.weight.data)
    picture = torch.randn(2, 1, 9, 9)
    torch.testing.assert_close(grey(picture), colour(picture.expand(-1, 3, -1, -1)))
    mean = changed("mean_inputs", colour.weight.data, grey.weight.data)
    torch.testing.assert_close(mean * 3, grey.weight.data)


def test_more_channels_answer_as_strongly() -> None:
    grey, colour = nn.Conv2d(1, 4, 3, bias=False), nn.Conv2d(3, 4, 3, bias=False)
    colour.weight.data = changed("repeat_inputs", grey.weight.data, colour.weight.data)
    picture = torch.randn(2, 1, 9, 9)
    torch.testing.assert_close(colour(picture.expand(-1, 3, -1, -1)), grey(picture))


def test_chosen_classes() -> None:
    head, few = torch.randn(1000, 8), torch.zeros(3, 8)
    assert torch.equal(changed("pick_rows", head, few), head[:3])
    assert torch.equal(changed("pick_rows", head, few, (7, 999, 0)), head[[7, 999, 0]])


def test_a_larger_window_with_zeros_around_computes_the_same() -> None:
    small, large = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(2, 3, 7, padding=3)
    large.weight.data = changed("centre_kernel", small.weight.data, large.weight.data)
    large.bias.data = small.bias.data
    picture = torch.randn(1, 2, 8, 8)
    torch.testing.assert_close(large(picture), small(picture))
    assert torch.equal(changed("centre_kernel", large.weight.data, small.weight.data), small.weight.data)


@pytest.mark.parametrize("tokens", [0, 1, 2])
def test_positions_keep_their_tokens_and_a_plane(tokens: int) -> None:
    x = torch.linspace(-1, 1, 14)
    plane = (x[:, None] + 2 * x[None, :]).reshape(1, 196, 1).expand(1, 196, 5)
    table = torch.cat([torch.full((1, tokens, 5), 9.0), plane], 1)
    made = changed("resize_positions", table, torch.zeros(1, 256 + tokens, 5))
    assert torch.equal(made[:, :tokens], table[:, :tokens])
    grid = made[0, tokens:, 0].reshape(16, 16)[2:-2, 2:-2]  # the edge of a bicubic picture is bent
    steps = grid[1:] - grid[:-1]
    torch.testing.assert_close(
        steps, torch.full_like(steps, 2 / 13 * 14 / 16), rtol=0.08, atol=0
    )  # torch bends slightly


def test_tables_of_relative_positions() -> None:
    made = changed("resize_positions", torch.randn(169, 4), torch.zeros(225, 4))  # Swin: windows of 7 and of 8
    assert made.shape == (225, 4)


def test_the_corner_keeps_the_rest() -> None:
    fresh = torch.zeros(4, 2)
    made = changed("corner", torch.ones(2, 5), fresh)
    assert made.tolist() == [[1, 1], [1, 1], [0, 0], [0, 0]] and fresh.sum() == 0


def body() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 10))


def test_a_map_is_carried_out_and_the_rest_stays(tmp_path: Path) -> None:
    trained, mine = body(), nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    path = tmp_path / "a.safetensors"
    save_file({f"net.{name}": tensor for name, tensor in trained.state_dict().items()}, path)
    state = mine.state_dict()
    fit = propose(weights_of_state(state), look(path).part())
    fit.assign("0.weight", "net.0.weight", "sum_inputs")
    fit.assign("3.weight", "net.3.weight", "pick_rows", (9, 1))
    mapping = WeightMap.model_validate(json.loads(json.dumps(fit.to_map().to_json())))
    before = {name: tensor.clone() for name, tensor in state.items()}
    applied = apply_map(state, path, mapping)
    assert applied.warning == "" and all(torch.equal(state[name], before[name]) for name in state)
    mine.load_state_dict(applied.state, strict=True)
    assert torch.equal(mine[3].weight, trained[3].weight[[9, 1]])
    assert torch.equal(mine[3].bias, before["3.bias"])  # undecided: as it was
    assert torch.equal(mine[1].bias, trained[1].bias)
    with pytest.raises(UsageError, match="another drawing"):
        apply_map(nn.Linear(2, 2).state_dict(), path, mapping)
    with pytest.raises(UsageError, match=r"has no weight “0\.weight”"):
        apply_map(state, path, WeightMap.model_validate({"weights": {"0.weight": "0.weight"}}))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.float8_e4m3fn])
def test_other_kinds_of_numbers_become_the_networks(tmp_path: Path, dtype: torch.dtype) -> None:
    save_file({"weight": torch.tensor([[1.0, 0.5, -2.0]]).to(dtype)}, tmp_path / "a")
    layer = nn.Linear(3, 1, bias=False)
    applied = apply_map(layer.state_dict(), tmp_path / "a", WeightMap.model_validate({"weights": {"weight": "weight"}}))
    assert applied.state["weight"].dtype == torch.float32 and applied.state["weight"].tolist() == [[1.0, 0.5, -2.0]]


def test_values_that_are_no_numbers_are_told(tmp_path: Path) -> None:
    save_file({"weight": torch.tensor([[float("nan"), 1]]), "bias": torch.tensor([float("inf")])}, tmp_path / "a")
    mapping = WeightMap.model_validate({"weights": {"weight": "weight", "bias": "bias"}})
    applied = apply_map(nn.Linear(2, 1).state_dict(), tmp_path / "a", mapping)
    assert applied.not_finite == ("weight", "bias") and "2 weights hold values that are not numbers" in applied.warning


def lightning(state: dict[str, torch.Tensor]) -> dict[str, Any]:
    module = body()
    optimiser = torch.optim.Adam(module.parameters())
    module(torch.randn(2, 3, 3, 3)).sum().backward()
    optimiser.step()
    return {
        "epoch": 3, "global_step": 100, "pytorch-lightning_version": "2.5", "loops": {"fit_loop": {"state_dict": {}}},
        "state_dict": {f"model.{name}": tensor for name, tensor in state.items()},
        "optimizer_states": [optimiser.state_dict()], "lr_schedulers": [{"last_epoch": 3}],
        "hyper_parameters": {"lr": 1e-3, "args": argparse.Namespace(a=3, out=Path("x"))},
        "best": np.float64(0.5), "started": datetime.datetime(2020, 1, 1),
    }  # fmt: skip


@pytest.mark.parametrize("old", [False, True])
def test_what_training_scripts_write(tmp_path: Path, old: bool) -> None:
    """Settings beside the weights (a Namespace, a path, a NumPy number) are left aside, not run and not refused."""
    state = body().state_dict()
    torch.save(lightning(state), tmp_path / "last.ckpt", _use_new_zipfile_serialization=not old)
    contents = look(tmp_path / "last.ckpt")
    assert contents.kind == "pth" and next(iter(contents.parts)) == "state_dict"
    fit = propose(weights_of_state(state), contents.part())
    assert fit.complete and "without “model.”" in fit.sentence
    applied = apply_map(state, tmp_path / "last.ckpt", fit.to_map())
    assert all(torch.equal(applied.state[name], state[name]) for name in state)


def test_of_several_state_dicts_the_likeliest_and_every_other_by_name(tmp_path: Path) -> None:
    one, other = body().state_dict(), body().state_dict()
    content = {"optimizer": {"extra": {"a": torch.zeros(3)}}, "model_ema": other, "model": one, "note": "x"}
    torch.save(content, tmp_path / "a.pth")
    contents = look(tmp_path / "a.pth")
    assert list(contents.parts) == ["model", "model_ema", "optimizer.extra"]
    assert torch.equal(read_part(tmp_path / "a.pth", "model_ema", ["3.bias"])["3.bias"], other["3.bias"])
    assert torch.equal(read_part(tmp_path / "a.pth", "", ["3.bias"])["3.bias"], one["3.bias"])
    with pytest.raises(UsageError, match=r"no part “ema”.*'model', 'model_ema'"):
        contents.part("ema")


def test_looking_reads_no_numbers(tmp_path: Path) -> None:
    """A file whose numbers are a hole of 100 GB: names and shapes come from its table."""
    shape = [25_000_000, 1000]
    header = json.dumps({"w": {"dtype": "F32", "shape": shape, "data_offsets": [0, 100_000_000_000]}}).encode()
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + 100_000_000_000)
    (weight,) = look(path).part()
    assert weight == ("w", tuple(shape), "float32")


def test_an_empty_file_of_weights(tmp_path: Path) -> None:
    save_file({}, tmp_path / "a")
    with pytest.raises(FileDamaged, match="no tensors"):
        look(tmp_path / "a")


def test_fit_knows_shapes_of_every_format_alike(tmp_path: Path) -> None:
    state = body().state_dict()
    save_file(state, tmp_path / "a.safetensors")
    torch.save(state, tmp_path / "a.pth")
    both = [sorted(look(tmp_path / name).part()) for name in ("a.safetensors", "a.pth")]
    assert both[0] == both[1] and Fit(both[0], both[1]).network == Fit(both[1], both[0]).network


def test_another_librarys_transformer_by_order_and_shapes(tmp_path: Path) -> None:
    """timm's weights in torchvision's model, no name alike: the guess is right, for the outputs are the same."""
    import timm.models.vision_transformer as theirs
    from torchvision.models.vision_transformer import VisionTransformer

    source = theirs.VisionTransformer(img_size=32, patch_size=8, embed_dim=32, depth=3, num_heads=4, num_classes=5)
    mine = VisionTransformer(32, 8, 3, 4, 32, 128, num_classes=5)
    torch.save(source.state_dict(), tmp_path / "vit.pth")
    fit = propose(weights_of_state(mine.state_dict()), look(tmp_path / "vit.pth").part())
    assert not fit.choices and len(fit.guesses) == len(fit.network)
    fit.accept_guesses()
    applied = apply_map(mine.state_dict(), tmp_path / "vit.pth", fit.to_map())
    mine.load_state_dict(applied.state, strict=True)
    pictures = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(mine.eval()(pictures), source.eval()(pictures), rtol=1e-4, atol=1e-5)


def test_numbered_names_that_agree_by_chance_are_not_believed() -> None:
    """VGG with and without BatchNorm: features.10 is another layer in each, of one shape where the width is kept."""
    from torchvision.models import vgg16, vgg16_bn

    with torch.device("meta"):
        fit = propose(weights_of_state(vgg16().state_dict()), weights_of_state(vgg16_bn().state_dict()))
    assert not fit.choices and len(fit.guesses) == 32
    assert fit.guesses["features.7.weight"] == "features.10.weight"


def test_real_models_under_other_names() -> None:
    from torchvision.models import densenet121, get_model

    with torch.device("meta"):
        new = weights_of_state(densenet121().state_dict())
        body, whole = (weights_of_state(get_model(n, weights=None, **k).state_dict())
                       for n, k in (("resnet50", {}), ("fcn_resnet50", {"weights_backbone": None})))  # fmt: skip
    old = [w._replace(name=w.name.replace("norm1", "norm.1").replace("conv1", "conv.1")) for w in new]  # as hosted
    assert propose(new, old).complete
    fit = propose(whole, body)
    assert fit.prefix == ("", "backbone.") and fit.tally()["fits"] == 318 and fit.unused == ["fc.weight", "fc.bias"]
