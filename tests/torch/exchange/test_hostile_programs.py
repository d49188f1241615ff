"""Programs (.pt2) and Python files that strangers might send: one clear sentence each, nothing runs, little memory."""

from __future__ import annotations

import io
import json
import os
import pickle
import resource
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from designer.errors import JobError, LayerloomError
from designer.exchange.origin import Request, origin_of

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts memory as Linux does")

Files = dict[str, bytes]
CASES: dict[str, Callable[[Files], bytes]] = {}
RAW = ("Traceback", "weights_only", "object at 0x", "torch.load", "sympy")


def case(make: Callable[[Files], bytes]) -> Callable[[Files], bytes]:
    CASES[make.__name__] = make
    return make


def packed(files: Files, **settings: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **settings) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def program(path: Path) -> Files:
    """A good program, member by member."""
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).eval()
    shapes = ({0: torch.export.Dim("batch", min=1, max=64)},)
    torch.export.save(torch.export.export(model, (torch.randn(2, 4),), dynamic_shapes=shapes), path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def member(files: Files, end: str) -> str:
    return next(name for name in files if name.endswith(end))


def changed(files: Files, end: str, change: Callable[[Any], Any]) -> bytes:
    name = member(files, end)
    return packed(files | {name: json.dumps(change(json.loads(files[name]))).encode()})


class Runs:
    """A pickle that leaves a mark."""

    def __reduce__(self) -> Any:
        return os.system, (f"touch {os.environ['HOSTILE_MARK']}",)


WEIGHTS = "_weights_config.json"


@case
def compressed_bomb(files: Files) -> bytes:
    return packed(files | {member(files, "weight_0"): bytes(200 << 20)}, compression=zipfile.ZIP_DEFLATED)


@case
def member_outside(files: Files) -> bytes:
    return packed(files | {"../../evil": b"x", "/etc/evil": b"x"})


@case
def two_roots(files: Files) -> bytes:
    return packed(files | {"other/archive_format": b"pt2"})


@case
def without_format(files: Files) -> bytes:
    return packed({n: c for n, c in files.items() if not n.endswith("archive_format")})


@case
def without_graph(files: Files) -> bytes:
    return packed({n: c for n, c in files.items() if "/models/" not in n})


@case
def two_graphs(files: Files) -> bytes:
    name = next(n for n in files if "/models/" in n)
    return packed(files | {name.replace(".json", "2.json"): files[name]})


@case
def without_weights(files: Files) -> bytes:
    return packed({n: c for n, c in files.items() if not n.endswith("weight_0")})


@case
def without_weight_list(files: Files) -> bytes:
    return packed({n: c for n, c in files.items() if not n.endswith(WEIGHTS)})


@case
def cut_in_half(files: Files) -> bytes:
    return packed(files)[: len(packed(files)) // 2]


@case
def cut_at_the_end(files: Files) -> bytes:
    return packed(files)[:-15]


@case
def behind_something(files: Files) -> bytes:
    return b"#!/bin/sh\n" * 50 + packed(files)


@case
def no_archive(files: Files) -> bytes:
    return b"\x80\x02}." * 20


@case
def empty_file(files: Files) -> bytes:
    return b""


@case
def empty_archive(files: Files) -> bytes:
    return b"PK\x05\x06" + bytes(18)


@case
def pickled_weight(files: Files) -> bytes:
    def change(config: Any) -> Any:
        row = next(iter(config["config"].values()))
        row["use_pickle"] = True
        return config

    name = member(files, WEIGHTS)
    evil = {member(files, "weight_0"): pickle.dumps(Runs())}
    return packed(files | evil | {name: json.dumps(change(json.loads(files[name]))).encode()})


@case
def custom_object(files: Files) -> bytes:
    name = member(files, "_constants_config.json")
    row = {"path_name": "opaque_obj_0", "is_param": False, "use_pickle": True, "tensor_meta": None}
    content = json.dumps({"config": {"evil": row}}).encode()
    return packed(files | {name: content, f"{name.rpartition('/')[0]}/opaque_obj_0": pickle.dumps(Runs())})


@case
def size_as_program(files: Files) -> bytes:
    text = files[next(n for n in files if "/models/" in n)].decode()
    start = text.index('"expr_str": "') + len('"expr_str": "')
    old = text[start : text.index('"', start)]
    name = next(n for n in files if "/models/" in n)
    return packed(files | {name: text.replace(old, "__import__('os').system('touch $HOSTILE_MARK')").encode()})


@case
def operation_of_another_library(files: Files) -> bytes:
    name = next(n for n in files if "/models/" in n)
    return packed(files | {name: files[name].replace(b"torch.ops.aten.relu.default", b"os.system")})


def resized(sizes: list[int], strides: list[int]) -> Callable[[Files], bytes]:
    def make(files: Files) -> bytes:
        def change(config: Any) -> Any:
            meta = next(iter(config["config"].values()))["tensor_meta"]
            meta["sizes"] = [{"as_int": n} for n in sizes]
            meta["strides"] = [{"as_int": n} for n in strides]
            return config

        return changed(files, WEIGHTS, change)

    return make


CASES["billion_numbers"] = resized([1 << 15, 1 << 15], [1 << 15, 1])
CASES["numbers_out_of_one"] = resized([1 << 20, 1 << 20], [0, 0])
CASES["negative_sizes"] = resized([-3, -4], [4, 1])
CASES["unlike_sizes"] = resized([5], [4, 1])


@case
def deep_graph(files: Files) -> bytes:
    return packed(files | {next(n for n in files if "/models/" in n): b'{"a":' * 50_000 + b"1" + b"}" * 50_000})


@case
def nested_graph(files: Files) -> bytes:
    return packed(files | {next(n for n in files if "/models/" in n): b'{"a":' * 200 + b"1" + b"}" * 200})


@case
def graph_no_json(files: Files) -> bytes:
    return packed(files | {next(n for n in files if "/models/" in n): b"\xff\xfe not json"})


@case
def graph_of_another_shape(files: Files) -> bytes:
    return packed(files | {next(n for n in files if "/models/" in n): b'{"graph_module": 3}'})


@case
def length_of_all_ones(files: Files) -> bytes:
    content = bytearray(packed(files))
    place = content.rindex(b"PK\x01\x02")
    content[place + 20 : place + 28] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    return bytes(content)


@case
def named_twice(files: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(member(files, "weight_0"), bytes(48))
    return out.getvalue()


@case
def hidden_letters(files: Files) -> bytes:
    return packed(files | {f"{next(iter(files)).split('/')[0]}/a\x1b[2J": b"x"})


def flipped(files: Files) -> dict[str, bytes]:
    """One bit turned over in the graph, at places all over it."""
    name = next(n for n in files if "/models/" in n)
    content = files[name]
    made = {}
    for number in range(8):
        place = (len(content) * (2 * number + 1)) // 16
        turned = bytearray(content)
        turned[place] ^= 1 << number % 7
        made[f"flipped_{number}"] = packed(files | {name: bytes(turned)})
    return made


def test_every_hostile_program_gets_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "ran"
    monkeypatch.setenv("HOSTILE_MARK", str(mark))
    good = program(tmp_path / "good.pt2")
    contents = {name: make(good) for name, make in CASES.items()} | flipped(good)
    assert len(contents) >= 30
    assert origin_of("good.pt2").read(Request(str(tmp_path / "good.pt2"), trust=True)).report["difference"] == 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wrong = {}
    for name, content in contents.items():
        path = tmp_path / f"{name}.pt2"
        path.write_bytes(content)
        try:
            origin_of(str(path)).read(Request(str(path), trust=True))
            told = "" if name.startswith("flipped") else "it was read"
        except LayerloomError as error:
            told = "" if _clear(error.message) else error.message
        except BaseException as error:  # noqa: BLE001  (that is the finding)
            told = f"ESCAPED {type(error).__name__}: {error}"
        if told:
            wrong[name] = told
    assert wrong == {}
    assert not mark.exists() and not (tmp_path.parent / "evil").exists()
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10 < 700  # MiB; one file claims 4 GiB


def _clear(told: str) -> bool:
    return told.endswith(".") and "\n" not in told and 30 < len(told) < 600 and not any(word in told for word in RAW)


@pytest.mark.parametrize("place", ["nothing", "folder", "pipe"])
def test_what_is_no_file_is_refused(place: str, tmp_path: Path) -> None:
    path = tmp_path / "a.pt2"
    if place == "folder":
        path.mkdir()
    elif place == "pipe":
        os.mkfifo(path)
    with pytest.raises(LayerloomError) as caught:
        origin_of(str(path)).read(Request(str(path), trust=True))
    assert _clear(caught.value.message)


PYTHON = {
    "code_at_import": "import os\nos.system('touch $HOSTILE_MARK')\nfrom torch import nn\n"
    "class Net(nn.Module):\n    def forward(self, x):\n        return x\n",
    "turned_around": "from torch import nn\n# \u202e\nclass Net(nn.Module):\n    def forward(self, x):\n        return x\n",
    "no_python": "class Net(:\n",
    "no_classes": "x = 1\n",
    "deep": "x = " + "(" * 5000 + ")" * 5000 + "\n",
    "zero_bytes": "\0\0\0",
}


@pytest.mark.parametrize("name", PYTHON)
def test_no_python_runs_that_nobody_trusted(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "ran"
    monkeypatch.setenv("HOSTILE_MARK", str(mark))
    path = tmp_path / "model.py"
    path.write_text(PYTHON[name], encoding="utf-8")
    with pytest.raises(JobError, match="trusted"):
        origin_of(f"{path}:Net").read(Request(f"{path}:Net", trust=True))
    assert not mark.exists()
    if name != "code_at_import":
        with pytest.raises(LayerloomError) as caught:
            origin_of(f"{path}:Net").read(Request(f"{path}:Net", trust=True, code=path.read_bytes()))
        assert _clear(caught.value.message)
