"""Weights in: matched by name and shape, and nothing but numbers ever read from a checkpoint."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from designer.codegen.module import build
from designer.errors import FileDamaged, ProjectError
from designer.exchange.weights import WrongShape, load_weights, match_weights, read_weights
from tests.torch.exchange.networks import CONVOLUTIONS, LSTM


def state() -> dict[str, torch.Tensor]:
    return dict(build(CONVOLUTIONS, seed=3).state_dict())


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("wrap", ["plain", "state_dict", "module.", "training"])
def test_checkpoints_of_every_kind(tmp_path: Path, old: bool, wrap: str) -> None:
    content: object = OrderedDict(state())
    if wrap == "state_dict":
        content = {"epoch": 3, "state_dict": content, "best": 0.5}
    elif wrap == "module.":
        content = {f"module.{name}": tensor for name, tensor in state().items()}
    elif wrap == "training":
        content = {"model_state_dict": content, "optimizer": torch.optim.SGD(build(LSTM).parameters()).state_dict()}
    torch.save(content, tmp_path / "a.pth", _use_new_zipfile_serialization=not old)
    assert same(read_weights(tmp_path / "a.pth"), state())


def test_safetensors_by_content_not_by_name(tmp_path: Path) -> None:
    save_file(state(), tmp_path / "weights.pt")
    assert same(read_weights(tmp_path / "weights.pt"), state())


def test_match_and_load(tmp_path: Path) -> None:
    module = build(CONVOLUTIONS, seed=1)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    tensors = state()
    del tensors["norm1.num_batches_tracked"]
    assert load_weights(module, tensors).complete  # checkpoints of before 2018 lack the counter
    module.load_state_dict(before)
    tensors["fc.weight"] = torch.zeros(3, 128)
    tensors["head.bias"] = torch.zeros(3)
    del tensors["conv1.bias"]
    match = match_weights(module.state_dict(), tensors)
    assert match.wrong_shape == (WrongShape("fc.weight", (10, 128), (3, 128)),)
    assert match.missing == ("conv1.bias", "norm1.num_batches_tracked")
    assert match.unexpected == ("head.bias",)
    save_file(tensors, tmp_path / "a.safetensors")
    with pytest.raises(ProjectError, match=r"fc.weight, expected 10×128, got 3×128.*1 are not of this network"):
        load_weights(module, tmp_path / "a.safetensors")
    assert same(dict(module.state_dict()), before)
    assert load_weights(module, tmp_path / "a.safetensors", partial=True) == match
    assert torch.equal(module.conv2.weight, tensors["conv2.weight"])
    assert torch.equal(module.fc.weight, before["fc.weight"])


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (str(self.target),)

    target = Path("unset")


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("wrap", [False, True])
def test_objects_are_refused_in_our_own_words(tmp_path: Path, old: bool, wrap: bool) -> None:
    evil = Evil()
    Evil.target = tmp_path / "owned"
    content = {"state_dict": state(), "x": evil} if wrap else evil
    torch.save(content, tmp_path / "a.pth", _use_new_zipfile_serialization=not old)
    with pytest.raises(FileDamaged, match=r"holds Python objects.*safetensors") as caught:
        read_weights(tmp_path / "a.pth")
    assert not Evil.target.exists()
    for word in ("weights_only", "allowlist", "safe_globals", "trust"):
        assert word not in str(caught.value)


def test_a_plain_pickle_and_a_whole_module_are_refused(tmp_path: Path) -> None:
    Evil.target = tmp_path / "owned"
    (tmp_path / "a.pt").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(FileDamaged):
        read_weights(tmp_path / "a.pt")
    assert not Evil.target.exists()
    torch.save(torch.nn.Linear(2, 2), tmp_path / "b.pt")
    with pytest.raises(FileDamaged, match="Python objects"):
        read_weights(tmp_path / "b.pt")


def rewritten(source: Path, target: Path, change: dict[str, bytes], compress: bool = False) -> None:
    """A checkpoint with some of its records exchanged."""
    kind = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", kind) as new:
        for name in old.namelist():
            end = name.split("/", 1)[1]
            new.writestr(name, change.get(end, old.read(name)))


def test_storages_that_claim_more_than_the_file_holds(tmp_path: Path) -> None:
    torch.save({"w": torch.arange(1000.0)}, tmp_path / "a.pth")
    with zipfile.ZipFile(tmp_path / "a.pth") as archive:
        table = archive.read("a/data.pkl")
    assert table.count(b"M\xe8\x03") == 2  # 1000 as the storage's numbers and as the tensor's size
    rewritten(tmp_path / "a.pth", tmp_path / "b.pth", {"data.pkl": table.replace(b"M\xe8\x03", b"J\x00\xca\x9a\x3b")})
    with pytest.raises(FileDamaged):
        read_weights(tmp_path / "b.pth")
    # the record of the storage is cut off: what follows in the file must not be read as numbers beyond its end
    rewritten(tmp_path / "a.pth", tmp_path / "c.pth", {"data/0": b"1234"})
    try:
        found = read_weights(tmp_path / "c.pth")["w"]
        assert found.numel() * 4 <= (tmp_path / "c.pth").stat().st_size
    except FileDamaged:
        pass
    rewritten(tmp_path / "a.pth", tmp_path / "d.pth", {"data/0": bytes(4000)}, compress=True)
    with pytest.raises(FileDamaged, match="more than its"):
        read_weights(tmp_path / "d.pth")


@pytest.mark.parametrize("old", [False, True])
def test_a_few_bytes_do_not_become_gigabytes(tmp_path: Path, old: bool) -> None:
    torch.save({"w": torch.zeros(1).expand(10_000, 10_000)}, tmp_path / "a.pth", _use_new_zipfile_serialization=not old)
    with pytest.raises(FileDamaged, match="claims more numbers"):
        read_weights(tmp_path / "a.pth")
    one = torch.zeros(1000)
    torch.save({f"w{i}": one for i in range(1000)}, tmp_path / "b.pth", _use_new_zipfile_serialization=not old)
    if (tmp_path / "b.pth").stat().st_size < 1_000_000:
        with pytest.raises(FileDamaged, match="claims more numbers"):
            read_weights(tmp_path / "b.pth")


def test_a_pickle_that_only_takes_memory_is_not_followed(tmp_path: Path) -> None:
    torch.save({"w": torch.zeros(3)}, tmp_path / "a.pth")
    bomb = b"\x80\x02cbuiltins\nbytearray\n\x8a\x06\x00\x00\x00\x00\x00\x10\x85R."
    rewritten(tmp_path / "a.pth", tmp_path / "b.pth", {"data.pkl": bomb})
    with pytest.raises(FileDamaged, match="Python objects"):
        read_weights(tmp_path / "b.pth")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a PyTorch checkpoint|damaged"),
        (b"hello, this is text", "not a PyTorch checkpoint"),
        (b"\x10\0\0\0\0\0\0\0{not json at all}", "damaged"),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff{", "damaged"),
        (b"\x80\x02}.", "damaged"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(FileDamaged, match=says):
        read_weights(tmp_path / "a.pth")


def test_missing_and_empty(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged, match="cannot be opened"):
        read_weights(tmp_path / "no.pth")
    for content in ({}, [1, 2], {"a": 3}, {"state_dict": {}}, torch.zeros(3)):
        torch.save(content, tmp_path / "a.pth")
        with pytest.raises(FileDamaged, match="no state dict"):
            read_weights(tmp_path / "a.pth")
    torch.save({"w": torch.eye(3).to_sparse()}, tmp_path / "a.pth")
    with pytest.raises(FileDamaged, match="sparse"):
        read_weights(tmp_path / "a.pth")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["zip", "old", "safetensors"]),
    cut=st.floats(0, 1.5),
    flips=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), max_size=5),
)
def test_damage_is_read_or_refused(tmp_path: Path, kind: str, cut: float, flips: list[tuple[float, int]]) -> None:
    path = tmp_path / "a"
    tensors = {"w": torch.arange(20.0).reshape(4, 5), "b": torch.ones(3)}
    if kind == "safetensors":
        save_file(tensors, path)
    else:
        file = io.BytesIO()
        torch.save(tensors, file, _use_new_zipfile_serialization=kind == "zip")
        path.write_bytes(file.getvalue())
    content = bytearray(path.read_bytes())
    for place, value in flips:
        content[int(place * len(content))] = value
    path.write_bytes(content[: int(cut * len(content))])
    try:
        for tensor in read_weights(path).values():
            tensor.sum()
    except FileDamaged:
        pass
