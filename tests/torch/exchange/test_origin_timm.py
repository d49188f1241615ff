"""timm's models by name: equal to the originals, with head, labels and config; downloads that tell, stop and go on."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save

from designer.errors import DataError, Offline, UsageError
from designer.exchange.origin import Request, origin_of
from tests.torch.exchange.import_parity import compare
from tests.torch.exchange.timm_table import FAMILIES, NEARLY, SAMPLE, made


def read(source: str, **options: Any) -> Any:
    return origin_of(source).read(Request(source, **{"weights": "none", **options}))


# --- equal to the original --------------------------------------------------------------------------------------


def check(entry: str) -> None:
    name, model, inputs = made(entry)
    row = compare(name, model, inputs)
    most = NEARLY.get(name, 0.0)
    assert row.eval <= most and row.train <= most and row.opaque == 0, str(row)


@pytest.mark.parametrize("entry", SAMPLE)
def test_a_model_of_timm_equals_the_original(entry: str) -> None:
    check(entry)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("entry", [entry for entry in FAMILIES if entry not in SAMPLE])
def test_every_family_of_timm_equals_the_original(entry: str) -> None:
    check(entry)


def test_dropped_paths_are_stochastic_depth_with_the_same_draws() -> None:
    torch.manual_seed(0)
    model = timm.create_model("test_vit", drop_path_rate=0.4, drop_rate=0.1, img_size=32)
    row = compare("test_vit", model, {"input": torch.randn(3, 3, 32, 32)})
    assert row.eval == row.train == 0.0
    found = origin_of("timm:test_vit")
    assert found.name == "timm"


# --- what timm says of it ---------------------------------------------------------------------------------------


def test_head_labels_size_and_normalisation_come_from_the_config() -> None:
    found = read("timm:test_resnet.r160_in1k", size=64)
    assert found.report["difference"] == 0.0 and found.report["input"] == [3, 64, 64]
    (end,) = [n for n in found.network.nodes.values() if n.block.role == "output"]
    assert end.type == "classification_output" and end.params["labels"][:2] == ("tench", "goldfish")
    assert len(set(end.params["labels"])) == 1000
    config = timm.get_pretrained_cfg("test_resnet.r160_in1k")
    assert found.normalisation.mean == config.mean and found.normalisation.std == config.std
    assert found.title == "test_resnet.r160_in1k" and "interpolation" in found.report["notes"][0]
    assert found.report["weights"] is None


def test_a_transformer_takes_another_size_where_timm_can() -> None:
    found = read("timm:test_vit", size=64)
    assert found.network["input"].params["size"] == (3, 64, 64) and found.report["difference"] == 0.0
    with pytest.raises(DataError, match="Its own size is 160"):
        read("timm:test_vit", size=100)


def test_local_weights_are_taken_and_others_refused(tmp_path: Path) -> None:
    torch.manual_seed(3)
    state = timm.create_model("test_resnet").state_dict()
    (tmp_path / "w.safetensors").write_bytes(save(state))
    found = read("timm:test_resnet", weights=str(tmp_path / "w.safetensors"), size=64)
    assert found.report["weights"] == {"matched": len(state), "missing": 0, "unexpected": 0}
    assert all(torch.equal(found.tensors[key], tensor) for key, tensor in state.items())
    (tmp_path / "other.safetensors").write_bytes(save({"a.weight": torch.zeros(3)}))
    with pytest.raises(DataError, match="another network"):
        read("timm:test_resnet", weights=str(tmp_path / "other.safetensors"), size=64)


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("timm:resnet19", {}, "Did you mean resnet18"),
        ("timm:resnet18.nope", {}, "Choose one of .*a1_in1k"),
        ("timm:hf-hub:timm/resnet18", {}, "no model called"),
        ("timm:../../etc", {}, "no model called"),
        ("timm:test_resnet", {"weights": "nothing.pth"}, "no such file"),
    ],
)
def test_what_is_not_there_is_said(source: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read(source, **options)


def test_without_timm_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(UsageError, match="pip install timm"):
        read("timm:test_resnet")


# --- its downloads ----------------------------------------------------------------------------------------------


class Hub:
    """A hub of one file, by the hub's own protocol: what it is asked for is counted."""

    def __init__(self, content: bytes, told: bytes | None = None) -> None:
        self.content, self.etag = content, hashlib.sha256(content if told is None else told).hexdigest()
        self.ranges: list[str | None] = []

    def handler(hub) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def _head(self) -> bytes | None:
                if not self.path.endswith("/model.safetensors"):
                    self.send_response(404)
                    self.send_header("X-Error-Code", "EntryNotFound")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return None
                asked = self.headers.get("Range")
                start = int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
                self.send_response(206 if asked else 200)
                self.send_header("ETag", f'"{hub.etag}"')
                self.send_header("X-Repo-Commit", "0" * 40)
                self.send_header("Accept-Ranges", "bytes")
                if asked:
                    self.send_header("Content-Range", f"bytes {start}-{len(hub.content) - 1}/{len(hub.content)}")
                self.send_header("Content-Length", str(len(hub.content) - start))
                self.end_headers()
                return hub.content[start:]

            def do_HEAD(self) -> None:
                self._head()

            def do_GET(self) -> None:
                content = self._head()
                if content is not None:
                    hub.ranges.append(self.headers.get("Range"))
                    try:
                        self.wfile.write(content)
                    except OSError:
                        return  # stopped by the other side, which is what is tested

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from huggingface_hub import constants

    servers: list[ThreadingHTTPServer] = []

    def start(hub: Hub) -> Hub:
        server = ThreadingHTTPServer(("127.0.0.1", 0), hub.handler())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        address = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        return hub

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def learned(name: str) -> tuple[dict[str, torch.Tensor], bytes]:
    torch.manual_seed(5)
    state = timm.create_model(name).state_dict()
    return state, save(state)


def test_default_weights_come_from_the_hub_with_progress_and_then_from_the_cache(serve: Any) -> None:
    state, content = learned("test_resnet")
    hub = serve(Hub(content))
    said: list[tuple[float | None, str]] = []
    found = read("timm:test_resnet", weights="default", size=64, progress=lambda done, text: said.append((done, text)))
    assert all(torch.equal(found.tensors[key], tensor) for key, tensor in state.items())
    assert found.report["weights"]["matched"] == len(state) and found.report["difference"] == 0.0
    fetched = [(done, text) for done, text in said if done is not None and text.startswith("Downloading")]
    assert fetched and fetched[-1][0] == 1.0 and "MB" in fetched[-1][1]
    read("timm:test_resnet", weights="default", size=64)
    assert len(hub.ranges) == 1  # the second time nothing is fetched


class Stopped(BaseException):
    pass


def test_a_stop_is_heard_at_once(serve: Any, tmp_path: Path) -> None:
    _, content = learned("test_resnet")
    serve(Hub(content + bytes(30_000_000)))

    def stop(done: float | None, text: str) -> None:
        if done is not None and text.startswith("Downloading"):
            raise Stopped

    from timm.models import _hub

    usual = _hub.hf_hub_download
    with pytest.raises(Stopped):
        read("timm:test_resnet", weights="default", size=64, progress=stop)
    assert _hub.hf_hub_download is usual
    assert not list((tmp_path / "cache").rglob("*.safetensors"))  # no half file goes for a whole one


def test_damaged_weights_are_told_by_their_hash(serve: Any, tmp_path: Path) -> None:
    _, content = learned("test_resnet")
    serve(Hub(content, told=b"other"))
    with pytest.raises(DataError, match="hash is not the expected one"):
        read("timm:test_resnet", weights="default", size=64)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.stat().st_size > 1000]


def test_offline_is_one_sentence(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    serve(Hub(b""))
    monkeypatch.setattr(constants, "ENDPOINT", "http://nobody.invalid")
    with pytest.raises(Offline, match="Open it without weights, or use a local file") as caught:
        read("timm:test_resnet", weights="default")
    assert "nobody.invalid is not found" in caught.value.message
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(Offline, match="HF_HUB_OFFLINE"):
        read("timm:test_resnet", weights="default")
