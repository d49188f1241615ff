"""torchvision's models by name: equal to the original, heads and labels, local weights, offline, a stop at once."""

from __future__ import annotations

import urllib.error
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from safetensors.torch import save_file

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.errors import DataError, Offline, UsageError
from designer.exchange.hub import told
from designer.exchange.origin import Request, origin_of, origins


def read(source: str, **options: Any) -> Any:
    return origin_of(source).read(Request(source, **{"weights": "none", **options}))


def test_every_origin_says_what_it_is():
    assert origins()[0].name == "torchvision"
    for origin in origins():
        assert origin.title and origin.help.endswith(".")
    with pytest.raises(UsageError, match="torchvision:NAME"):
        origin_of("nothing:like-that")


def test_squeezenet_comes_equal_with_its_head_and_labels():
    found = read("torchvision:squeezenet1_1", size=64)
    assert found.report["difference"] == 0.0 and not found.report["opaque"]
    (end,) = [n for n in found.network.nodes.values() if n.block.role == "output"]
    assert end.type == "classification_output" and end.params["classes"] == 1000
    assert end.params["labels"][:2] == ("tench", "goldfish")
    assert found.network["input"].params["size"] == (3, 64, 64)
    assert found.normalisation.mean == (0.485, 0.456, 0.406)
    assert found.tensors is None and found.report["weights"] is None


def test_auxiliary_heads_come_along_with_their_weights():
    found = read("torchvision:googlenet", size=96)
    ends = {n.name: n for n in found.network.nodes.values() if n.block.role == "output"}
    assert {n.params["weight"] for n in ends.values()} == {1.0, 0.3} and len(ends) == 3
    assert compile_network(found.network).main.name == "classification"


def test_local_weights_of_the_original_are_taken(tmp_path: Path):
    torch.manual_seed(1)
    original = torchvision.models.mobilenet_v3_small().eval()
    file = tmp_path / "weights.safetensors"
    save_file(original.state_dict(), file)
    found = read("torchvision:mobilenet_v3_small", weights=str(file), size=64)
    assert found.report["weights"] == {"matched": len(original.state_dict()), "missing": 0, "unexpected": 0}
    module = build(compile_network(found.network), None)
    module.load_state_dict(dict(found.tensors))
    x = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(module.eval()(x), original(x))


def test_segmentation_models_have_masks_for_outputs():
    found = read("torchvision:lraspp_mobilenet_v3_large", size=64)
    kinds = {n.type for n in found.network.nodes.values() if n.block.role == "output"}
    assert kinds == {"segmentation_output"} and found.report["difference"] == 0.0


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("torchvision:resnet19", {}, "Did you mean resnet18"),
        ("torchvision:resnet18", {"weights": "IMAGENET1K_V9"}, "no weights called"),
    ],
)
def test_what_is_not_there_is_said(source, options, words):
    with pytest.raises(UsageError, match=words):
        read(source, **options)


def test_weights_of_another_network_are_refused(tmp_path: Path):
    file = tmp_path / "other.safetensors"
    save_file({"a.weight": torch.zeros(3)}, file)
    with pytest.raises(DataError, match="another network"):
        read("torchvision:squeezenet1_1", weights=str(file), size=64)


def test_offline_is_one_sentence_and_damaged_too():
    with pytest.raises(Offline, match="Open it without weights, or use a local file"), told(print, "resnet18"):
        raise urllib.error.URLError("no route")
    with pytest.raises(DataError, match="hash"), told(print, "resnet18"):
        raise RuntimeError("invalid hash value (expected 1, got 2)")
    with pytest.raises(RuntimeError, match="other"), told(print, "resnet18"):
        raise RuntimeError("other trouble")


class Stopped(BaseException):
    pass


def test_the_download_of_torch_hub_tells_how_far_it_is_and_stops_at_once(tmp_path: Path):
    served = tmp_path / "served.bin"
    served.write_bytes(bytes(4_000_000))
    target = tmp_path / "cache" / "weights.pth"
    target.parent.mkdir()
    said: list[tuple[float | None, str]] = []

    def stop(fraction: float | None, text: str) -> None:
        said.append((fraction, text))
        raise Stopped

    usual = torch.hub.tqdm
    with pytest.raises(Stopped), told(stop, "a model"):
        torch.hub.download_url_to_file(served.as_uri(), str(target))
    assert torch.hub.tqdm is usual and not list(target.parent.iterdir())  # no half file is left
    assert said[0][0] is not None and 0 < said[0][0] < 0.1 and "of 4 MB" in said[0][1]
    with told(lambda fraction, text: None, "a model"):
        torch.hub.download_url_to_file(served.as_uri(), str(target))
    assert target.stat().st_size == 4_000_000
