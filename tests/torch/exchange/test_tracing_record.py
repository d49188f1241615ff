"""Recording and drawing of modules that make it hard: what is drawn gives the same bits, and the model stays as it was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from designer.exchange.tracing.record import Untraceable, record
from designer.exchange.tracing.trace import Traced, trace
from tests.torch.exchange.import_parity import compare, drawn_of


class Of(nn.Module):
    """A module with some layers and a function for its forward."""

    def __init__(self, run: Callable[[Any, Any], Any], **parts: Any) -> None:
        super().__init__()
        self.run = run
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *x: torch.Tensor) -> Any:
        return self.run(self, *x)


X = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(0))
PICTURE = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def writes_parts(self: Any, x: torch.Tensor) -> torch.Tensor:
    mask = x.new_zeros(4, 6)
    mask[1:3, 2:4] = 3
    mask[0] = 2
    mask[:, 5] = 1
    mask[-1, -2] = 7
    y = self.linear(x).clone()
    y[:, 1:3, 2:4] = x[:, 1:3, 2:4] * 2
    y[:, 0].add_(1)
    y[..., 3] = 0
    return y * mask


def writes_bias(self: Any, x: torch.Tensor) -> torch.Tensor:
    bias = self.linear.bias.clone()
    bias[2:4].zero_()
    return functional.linear(x, self.linear.weight, bias)


def writes_through_views(self: Any, x: torch.Tensor) -> torch.Tensor:
    y = x * 1.5
    flat = y.view(x.shape[0], -1)
    flat[:, :3].mul_(2)
    y.unsqueeze(1)[:, :, 2].relu_()
    return y + flat.view(x.shape)


def twice(self: Any, x: torch.Tensor) -> torch.Tensor:
    return self.linear(functional.relu(self.linear(x)))


def in_place_layer(self: Any, x: torch.Tensor) -> torch.Tensor:
    y = self.linear(x)
    z = self.relu(y)
    return y + z  # both are what the layer left behind


def numbers(self: Any, x: torch.Tensor) -> torch.Tensor:
    y = 1 - x * 3 + x / 4 - x / 3 + (x - 0.5) * 2
    return y.clamp(-1, 1) + (x**2).sqrt() + x.abs().add(1).log() - x.add(x, alpha=2)


def places(self: Any, x: torch.Tensor) -> torch.Tensor:
    a = x[:, 1] + x[:, -1, :] + x[..., 0, :]
    b = torch.roll(x, (1, 2), (1, 2))[:, ::2, None, 1:5].squeeze(2)
    c = torch.stack(x.unbind(1), 2).flip(1)[:, :2, :4]
    return a[:, :4].sum(1, keepdim=True)[:, None] + b + c


def batches(self: Any, x: torch.Tensor) -> torch.Tensor:
    token = self.token.expand(x.shape[0], -1, -1)
    windows = torch.cat((token, x), 1)[:, :4].reshape(x.shape[0] * 2, 2, 6)
    back = windows.mul(0.5).view(x.shape[0], 4, 6)
    return back + torch.zeros(x.shape[0], 1, 6) + x.new_ones(x.size(0), 1, 1)


def pictures(self: Any, x: torch.Tensor) -> torch.Tensor:
    y = functional.avg_pool2d(functional.pad(x, (1, 1, 0, 0)), 2) + functional.max_pool2d(
        functional.pad(x, (1, 1)), (2, 2)
    )
    y = functional.interpolate(y, scale_factor=2.0, mode="nearest")[:, :, :8, :8]
    y = functional.conv2d(y, self.conv.weight, self.conv.bias, padding=1)
    y = functional.interpolate(y, size=(5, 5), mode="bilinear", align_corners=False)
    return functional.normalize(functional.dropout(y, 0.3, self.training), dim=1).flatten(1)


def attends(self: Any, x: torch.Tensor) -> torch.Tensor:
    y, _ = self.mha(x, x, x, need_weights=False)
    q, k, v = self.qkv(x).reshape(x.shape[0], 4, 3, 2, 3).permute(2, 0, 3, 1, 4)
    z = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    return y + self.drop(z)


def linear(**more: Any) -> dict[str, Any]:
    torch.manual_seed(0)
    return {"linear": nn.Linear(6, 6), **more}


HARD: dict[str, tuple[nn.Module, dict[str, torch.Tensor]]] = {
    "parts written": (Of(writes_parts, **linear()), {"x": X}),
    "part of a bias": (Of(writes_bias, **linear()), {"x": X}),
    "through views": (Of(writes_through_views), {"x": X}),
    "shared layer": (Of(twice, **linear()), {"x": X}),
    "layer in place": (Of(in_place_layer, **linear(relu=nn.ReLU(inplace=True))), {"x": X}),
    "numbers": (Of(numbers), {"x": X}),
    "places": (Of(places), {"x": X}),
    "batch": (Of(batches, token=nn.Parameter(torch.ones(1, 1, 6))), {"x": X}),
    "pictures": (Of(pictures, conv=nn.Conv2d(3, 4, 3)), {"x": PICTURE}),
    "attention": (
        Of(attends, mha=nn.MultiheadAttention(6, 2, 0.1, batch_first=True), qkv=nn.Linear(6, 18), drop=nn.Dropout(0.2)),
        {"x": X},
    ),
    "plain tensor": (Of(lambda self, x: x * self.scale, scale=torch.tensor([2.0] * 6)), {"x": X}),
    "two inputs": (Of(lambda self, x, y: self.linear(x) + y, **linear()), {"x": X, "y": X.flip(0)}),
    "tuple out": (Of(lambda self, x: (x * 2, (x + 1, None, x))), {"x": X}),
    "dict out": (Of(lambda self, x: {"b": self.linear(x), "a": x + 1}, **linear()), {"x": X}),
}


@pytest.mark.parametrize("case", list(HARD))
def test_hard_modules_are_drawn_bit_for_bit(case: str) -> None:
    model, inputs = HARD[case]
    row = compare(case, model, inputs)
    assert (row.eval, row.train, row.opaque) == (0.0, 0.0, 0)


def drawn(model: nn.Module, x: torch.Tensor = X) -> Traced:
    return trace(model.train(), {"x": x})


def test_a_layer_that_is_called_twice_is_one_layer() -> None:
    network = drawn(Of(twice, **linear())).sketch.network
    first, second = (node for node in network.nodes.values() if node.type == "linear")
    assert {first.shares, second.shares} == {"", "linear"}


def test_buffers_that_no_state_dict_holds_become_constants() -> None:
    model = Of(lambda self, x: x + self.steps)
    model.register_buffer("steps", torch.arange(6.0), persistent=False)
    traced = drawn(model)
    assert torch.equal(traced.sketch.tensors["steps"], torch.arange(6.0))
    module, _ = drawn_of(traced)
    assert torch.equal(module(X), model(X))


def test_what_depends_on_the_numbers_cannot_be_drawn() -> None:
    def decides(self: Any, x: torch.Tensor) -> torch.Tensor:
        return x if x.sum() > 0 else -x

    class Inner(Of):
        pass

    with pytest.raises(Untraceable, match="depends on the numbers"):
        drawn(Of(decides))
    with pytest.raises(Untraceable) as caught:
        drawn(Of(lambda self, x: self.inner(x), inner=Inner(decides)))
    assert caught.value.path == "inner"


def test_what_writes_where_another_tensor_says_cannot_be_drawn() -> None:
    def scatters(self: Any, x: torch.Tensor) -> torch.Tensor:
        y = x.clone()
        y[x > 0] = 0
        return y

    with pytest.raises(Untraceable, match="another tensor chooses"):
        drawn(Of(scatters))


def test_another_number_of_steps_for_another_batch_cannot_be_drawn() -> None:
    def each(self: Any, x: torch.Tensor) -> torch.Tensor:
        return torch.stack([row * 2 for row in x.split(1)])

    with pytest.raises(Untraceable, match="batch"):
        drawn(Of(each))


def test_the_model_and_the_random_state_stay_as_they_were() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(144, 2)).train()
    tensors = {name: (tensor, tensor.clone()) for name, tensor in model.state_dict(keep_vars=True).items()}
    model[0].bias.requires_grad_(False)
    state = torch.get_rng_state()
    drawn(model, PICTURE)
    assert torch.equal(torch.get_rng_state(), state)
    for name, tensor in model.state_dict(keep_vars=True).items():
        was, numbers = tensors[name]
        assert tensor is was and torch.equal(tensor, numbers)
    assert not model[0].bias.requires_grad and all(m.training for m in model.modules())
    assert not any("forward" in vars(m) for m in model.modules())


def test_a_model_that_fails_is_left_as_it_was() -> None:
    model = Of(lambda self, x: self.linear(x) @ x, **linear())
    with pytest.raises(Untraceable, match="stopped with"):
        drawn(model)
    assert model.linear.weight.device.type == "cpu" and "forward" not in vars(model.linear)


def test_hooks_run_and_what_they_change_is_drawn() -> None:
    model = nn.Sequential(nn.Linear(6, 6), nn.ReLU())
    model[0].register_forward_hook(lambda module, args, out: out * 2)
    model[1].register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    assert compare("hooks", model, {"x": X}).eval == 0.0


def test_dropout_that_never_stops_is_no_dropout_block() -> None:
    """F.dropout without a word on training forgets in evaluation mode, too."""
    model = Of(lambda self, x: functional.dropout(x, 0.5))
    row = compare("always", model, {"x": X})
    assert (row.eval, row.train, row.operations) == (0.0, 0.0, 1)


def test_recording_leaves_another_threads_training_alone() -> None:
    def train(losses: list[float], steps: int) -> None:
        random = torch.Generator().manual_seed(3)
        torch.manual_seed(5)
        model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 1))
        optimiser = torch.optim.SGD(model.parameters(), 0.1)
        for _ in range(steps):
            loss = model(torch.randn(8, 6, generator=random)).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())

    alone: list[float] = []
    train(alone, 60)
    beside: list[float] = []
    thread = threading.Thread(target=train, args=(beside, 60))
    read = nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(4), nn.Dropout(), nn.ReLU())
    thread.start()
    count = 0
    while thread.is_alive() or not count:
        drawn(read)
        count += 1
    thread.join()
    assert beside == alone and count > 0


def test_steps_say_where_they_stand() -> None:
    model = nn.Sequential(nn.Linear(6, 6), Of(lambda self, x: self.inner(x) + 1, inner=nn.Linear(6, 6)))
    recording = record(model, [X], lambda module, path: isinstance(module, nn.Linear))
    told = [(step.kind, step.path) for step in recording.steps]
    assert told == [("input", ""), ("module", "0"), ("module", "1.inner"), ("function", "1")]
