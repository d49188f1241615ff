"""Heat maps against what was worked out by hand, and against what a map must show."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from designer.errors import DataError
from designer.evaluate.heat.asking import Asked, by_modules, grid_of, scores
from designer.evaluate.heat.cam import cam
from designer.evaluate.heat.maps import heat_map
from designer.evaluate.heat.names import WAYS
from designer.evaluate.heat.pixels import attributions


class Two(nn.Module):
    """A convolution, a rectifier, the mean over places, a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, padding=1)
        self.relu = nn.ReLU()
        self.head = nn.Linear(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.relu(self.conv(x)).mean((2, 3)))


@pytest.fixture
def asked() -> Asked:
    torch.manual_seed(0)
    module = Two().eval()
    return Asked(module, torch.randn(1, 1, 8, 8), (1, 8, 8), 2, by_modules(module))


def test_grad_cam_is_what_the_formula_says(asked: Asked) -> None:
    """Behind a mean over places the gradient by a feature is the head's weight over the number of places."""
    module = asked.module
    assert isinstance(module, Two)
    with torch.no_grad():
        features = module.relu(module.conv(asked.x))[0]
        wanted = (module.head.weight[2][:, None, None] / 64 * features).sum(0).relu()
    found, block = cam(asked)
    assert block == "relu"
    torch.testing.assert_close(found, wanted)


def test_grad_cam_plus_plus_is_what_the_formula_says(asked: Asked) -> None:
    module = asked.module
    assert isinstance(module, Two)
    with torch.no_grad():
        features = module.relu(module.conv(asked.x))[0]
    wanted = torch.zeros(8, 8)
    for k in range(3):
        g = float(module.head.weight[2, k].detach()) / 64
        below = 2 * g**2 + float(features[k].sum()) * g**3
        wanted += 64 * (g**2 / below) * max(g, 0.0) * features[k]
    torch.testing.assert_close(cam(asked, plus=True)[0], wanted.relu())


def test_integrated_gradients_add_up_to_the_score(asked: Asked) -> None:
    with torch.no_grad():
        wanted = scores(asked, asked.x) - scores(asked, 0 * asked.x)
    assert float(attributions(asked).sum()) == pytest.approx(float(wanted), rel=0.02)


class Corner(nn.Module):
    """Only the upper left quarter of the picture counts."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1)
        with torch.no_grad():
            self.conv.weight.fill_(1.0)
            self.conv.bias.zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = self.conv(x)[:, :, :8, :8]
        return torch.stack([seen[:, 0].sum((1, 2)), -seen[:, 1].sum((1, 2))], 1)


@pytest.mark.parametrize("way", list(WAYS))
def test_the_heat_is_where_the_answer_comes_from(way: str) -> None:
    module = Corner().eval()
    x = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(1)) + 0.5
    before = {name: value.clone() for name, value in module.state_dict().items()}
    heat = heat_map(way, Asked(module, x, (1, 16, 16), 0, by_modules(module)))
    assert heat.values.shape == (16, 16) and heat.values.max() == 1 and heat.values.min() >= 0
    assert heat.block == ("conv" if WAYS[way].of_block else None)
    if WAYS[way].of_block:  # one weight a channel: it says which features count, and not where
        assert heat.values[8:, 8:].mean() > 0.1
    else:
        assert heat.values[:8, :8].min() > 5 * heat.values[9:, 9:].max()
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(weight.grad is None for weight in module.parameters())


def test_pictures_that_reach_the_network_as_vectors() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(64, 8), nn.Tanh(), nn.Linear(8, 3)).eval()
    asked = Asked(module, torch.randn(1, 64), (1, 8, 8), 1, by_modules(module))
    for way in ("saliency", "smooth-grad", "integrated-gradients", "occlusion"):
        assert heat_map(way, asked).values.shape == (8, 8)
    with pytest.raises(DataError, match="Choose Occlusion"):
        heat_map("grad-cam", asked)


def test_a_block_that_knows_no_places_is_refused(asked: Asked) -> None:
    from dataclasses import replace

    with pytest.raises(DataError, match="head puts out no map"):
        heat_map("grad-cam", replace(asked, block="head"))
    with pytest.raises(DataError, match="no class number 9"):
        heat_map("saliency", replace(asked, target=9))


def test_what_is_a_map_of_features() -> None:
    def shape(*dims: int) -> tuple[int, ...] | None:
        found = grid_of(torch.zeros(dims))
        return None if found is None else tuple(found.shape)

    assert shape(1, 512, 7, 7) == (512, 7, 7)
    assert shape(1, 7, 7, 768) == (768, 7, 7)  # Swin keeps channels last
    assert shape(1, 197, 768) == (768, 14, 14)  # ViT has a token for the class
    assert shape(1, 196, 768) == (768, 14, 14)
    assert shape(1, 512, 1, 1) is None and shape(1, 10) is None and shape(1, 7, 768) is None


def test_frozen_networks_have_heat_maps_too(asked: Asked) -> None:
    for weight in asked.module.parameters():
        weight.requires_grad_(False)
    assert heat_map("grad-cam", asked).block == "relu"
