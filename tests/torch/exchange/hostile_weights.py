"""Weight files that strangers might send, made by a seed: lies, bombs, code, odd names. Run as a program, it reads each
of them within little memory and prints what came of it."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import struct
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

Maker = Callable[[Path], None]
CASES: dict[str, Maker] = {}


def case(make: Maker) -> Maker:
    CASES[make.__name__] = make
    return make


Group = Callable[[], dict[str, bytes]]
GROUPS: dict[str, Group] = {}  # made when they are wanted: test workers import this module to look for tests


def several(name: str) -> Callable[[Group], Group]:
    def note(make: Group) -> Group:
        GROUPS[name] = make
        return make

    return note


# --- safetensors -----------------------------------------------------------------------------------------------


def safe(header: Any, numbers: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + numbers


def one(shape: Any, offsets: Any, dtype: Any = "F32", name: str = "w") -> dict[str, Any]:
    return {name: {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


GOOD = safe(one([2, 2], [0, 16]), bytes(16))


@several("safetensors")
def safetensorss() -> dict[str, bytes]:
    return {
        "length_beyond_the_file": safe(one([1], [0, 4]), bytes(4), length=1 << 40),
        "length_of_all_ones": b"\xff" * 8 + b"{" + bytes(30),
        "length_zero": safe(b"{", length=0),
        "no_json": safe(b"{not json at all" + b" " * 20),
        "deep_lists": safe(b'{"w":' + b"[" * 60_000 + b"]" * 60_000 + b"}"),
        "deep_objects": safe(b'{"w":' * 100_000 + b"1" + b"}" * 100_000),
        "entry_no_object": safe({"w": 3}),
        "billion_elements": safe(one([1 << 30], [0, 1 << 32]), bytes(64)),
        "billion_elements_few_bytes": safe(one([1 << 30], [0, 64]), bytes(64)),
        "product_overflows": safe(one([1 << 40, 1 << 40], [0, 16]), bytes(16)),
        "product_wraps_to_zero": safe(one([1 << 32, 1 << 32], [0, 0])),
        "negative_shape": safe(one([-2, -2], [0, 16]), bytes(16)),
        "broken_shape": safe(one([2.0, 2.0], [0, 16]), bytes(16)),
        "true_shape": safe(one([True, 4], [0, 16]), bytes(16)),
        "shape_as_text": safe(one("22", [0, 16]), bytes(16)),
        "thousand_axes": safe(one([1] * 1000, [0, 4]), bytes(4)),
        "huge_number": safe(b'{"w":{"dtype":"F32","shape":[' + b"9" * 50_000 + b'],"data_offsets":[0,4]}}', bytes(4)),
        "offsets_swapped": safe(one([2, 2], [16, 0]), bytes(16)),
        "offsets_three": safe(one([2, 2], [0, 8, 16]), bytes(16)),
        "offsets_overlap": safe(one([4], [0, 16]) | one([4], [8, 24], name="v"), bytes(24)),
        "offsets_gap": safe(one([2, 2], [16, 32]), bytes(32)),
        "bytes_left_over": GOOD + bytes(100),
        "unknown_numbers": safe(one([2], [0, 8], "F31"), bytes(8)),
        "numbers_no_text": safe(one([2], [0, 8], {"a": 1}), bytes(8)),
        "name_twice": safe(
            b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],'
            b'"data_offsets":[4,8]}}', bytes(8)
        ),
        "name_with_escape_codes": safe(one([1], [0, 4], name="w\x1b[2J\n"), bytes(4)),
        "name_right_to_left": safe(one([1], [0, 4], name="w\u202eexe.thgiew"), bytes(4)),
        "name_half_a_letter": safe(b'{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4)),
        "name_of_10000_letters": safe(one([1], [0, 4], name="w" * 10_000), bytes(4)),
        "name_empty": safe(one([1], [0, 4], name=""), bytes(4)),
        "cut_in_the_table": GOOD[:20],
        "cut_in_the_numbers": GOOD[:-3],
        "only_remarks": safe({"__metadata__": {"a": "b"}}),
        "table_of_spaces": safe(b"{" + b" " * (40 << 20) + b"}"),
        "table_flipped": bytes(b ^ (4 if i == 14 else 0) for i, b in enumerate(GOOD)),
    }  # fmt: skip


@case
def safetensors_101000_names(path: Path) -> None:
    path.write_bytes(safe({f"w{i}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for i in range(101_000)}))


@case
def safetensors_numbers_are_a_hole(path: Path) -> None:
    """A file of 200 GB that takes no room: its table may be looked at, its numbers do not fit into memory."""
    header = safe(one([50_000, 1_000_000], [0, 200_000_000_000]))
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + 200_000_000_000)


# --- no weights at all -----------------------------------------------------------------------------------------


@several("file")
def files() -> dict[str, bytes]:
    return {
        "empty": b"",
        "seven_bytes": b"1234567",
        "of_zeros": bytes(4096),
        "of_text": b"hello, this is text",
        "of_a_web_page": b"<!DOCTYPE html><html><body>404 Not found</body></html>",
        "of_a_pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 100\n",
        "of_a_picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "of_another_archive": gzip.compress(b"weights"),
    }


# --- pickles and archives --------------------------------------------------------------------------------------


class Call:
    """Pickled as a call of anything."""

    def __init__(self, what: Any, *arguments: Any) -> None:
        self.what, self.arguments = what, arguments

    def __reduce__(self) -> Any:
        return self.what, self.arguments


def saved(content: Any, old: bool = False) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=not old)
    return file.getvalue()


def archive(
    table: bytes, more: dict[str, bytes] | None = None, name: str = "archive/data.pkl", **settings: Any
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **settings) as made:
        made.writestr(name, table)
        made.writestr("archive/version", b"3\n")
        for key, value in (more or {}).items():
            made.writestr(key, value)
    return file.getvalue()


def calling(module: str, name: str, argument: bytes) -> bytes:
    """A pickle that calls a function with one argument given as instructions."""
    return b"\x80\x02c" + module.encode() + b"\n" + name.encode() + b"\n" + argument + b"\x85R."


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def code(mark: Path) -> Iterator[tuple[str, bytes]]:
    """Pickles that would leave a mark if anything of them ran."""
    touch = f"open({str(mark)!r}, 'w').close()"
    for name, what in {
        "os_system": Call(os.system, f"touch {mark}"),
        "os_mkdir_in_weights": {"w": torch.zeros(2), "x": Call(os.mkdir, str(mark))},
        "exec": Call(exec, touch),
        "eval_in_a_list": {"state_dict": {"w": torch.zeros(2)}, "epoch": [Call(eval, touch)]},
        "getattr": {"w": torch.zeros(2), "x": Call(getattr, "text", "upper")},
    }.items():
        yield f"{name}_new", saved(what)
        yield f"{name}_old", saved(what, old=True)
    for module, function in (
        ("subprocess", "getoutput"), ("posix", "system"), ("nt", "system"), ("builtins", "exec"), ("__builtin__", "eval"),
        ("torch.hub", "load"), ("torch", "load"), ("pickle", "loads"), ("importlib", "import_module"),
        ("torch._inductor.codecache", "load"), ("shutil", "rmtree"), ("numpy", "load"), ("pydoc", "locate"),
    ):  # fmt: skip
        yield f"{module}_{function}", archive(calling(module, function, text(f"touch {mark}")))
    yield "plain_pickle", pickle.dumps(Call(os.mkdir, str(mark)))
    yield "whole_module", saved(torch.nn.Linear(2, 2))
    # a stand-in takes whatever it is given, but it must not become a way to call
    yield (
        "stand_in_called",
        archive(
            b"\x80\x02cargparse\nNamespace\n)\x81}" + text("a") + calling("os", "system", text("x"))[2:-1] + b"sb."
        ),
    )


def nested(levels: int, opening: bytes, closing: bytes) -> bytes:
    return b"\x80\x02" + opening * levels + b"N" + closing * levels + b"."


@several("pickle")
def pickles() -> dict[str, bytes]:
    return {
        "bytearray_bomb": archive(calling("builtins", "bytearray", b"\x8a\x06\x00\x00\x00\x00\x00\x10")),
        "bytearray_bomb_old_name": archive(calling("__builtin__", "bytearray", b"\x8a\x05\x00\x00\x00\x00\x10")),
        "tensor_of_a_trillion": archive(calling("torch", "FloatTensor", b"\x8a\x06\x00\x00\x00\x00\x00\x01")),
        "deep_lists": archive(nested(60_000, b"]", b"a")),
        "deep_tuples": archive(b"\x80\x02N" + b"\x85" * 60_000 + b"."),
        "deep_dicts": archive(b"\x80\x02" + b"}X\x01\x00\x00\x00a" * 40_000 + b"N" + b"s" * 40_000 + b"."),
        "deep_marks": archive(b"\x80\x02" + b"(" * 100_000 + b"N."),
        "text_of_an_exabyte": archive(b"\x80\x04\x8d" + struct.pack("<Q", 1 << 60) + b"abc."),
        "text_of_an_exabyte_old": b"\x80\x04\x8d" + struct.pack("<Q", 1 << 60) + b"abc.",
        "number_of_a_gigabyte": archive(b"\x80\x02\x8b" + struct.pack("<i", 1 << 30) + b"abc."),
        "memo_beyond": archive(b"\x80\x02j" + struct.pack("<I", 1 << 31) + b"."),
        "unknown_instruction": archive(b"\x80\x02\xff."),
        "no_end": archive(b"\x80\x02}"),
        "stack_empty": archive(b"\x80\x02aaaa."),
        "extension": archive(b"\x80\x02\x82\x01."),
        "persistent_nonsense": archive(b"\x80\x02" + text("nonsense") + b"Q."),
        "itself": archive(b"\x80\x02}q\x00" + text("a") + b"h\x00s."),
        "laughs": archive(b"\x80\x02}q\x00" + b"".join(
            b"}q" + bytes([i]) + text("a") + b"h" + bytes([i - 1]) + b"s" + text("b") + b"h" + bytes([i - 1]) + b"s"
            for i in range(1, 60)) + b"."),
    }  # fmt: skip


W = {"w": torch.arange(1000.0)}
CLAIM = b"M\xe8\x03"  # 1000, as the pickle has it


def table_of(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        return made.read(next(n for n in made.namelist() if n.endswith("data.pkl")))


def rewritten(content: bytes, change: dict[str, bytes], drop: tuple[str, ...] = (), **settings: Any) -> bytes:
    """A checkpoint with some of its records exchanged."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", **settings) as new:
        for name in old.namelist():
            end = name.split("/", 1)[1]
            if end not in drop:
                new.writestr(name, change.get(end, old.read(name)))
    return file.getvalue()


@several("archive")
def archives() -> dict[str, bytes]:
    table = table_of(saved(W))
    return {
        "compressed_bomb": archive(table, {"archive/data/0": bytes(50 << 20)}, compression=zipfile.ZIP_DEFLATED),
        "compressed": rewritten(saved(W), {}, compression=zipfile.ZIP_DEFLATED),
        "without_table": archive(b"", name="archive/other"),
        "with_two_tables": archive(table, {"other/data.pkl": table}),
        "with_its_table_twice": archive(b"\x80\x02}.", {"archive/data.pkl": table}),
        "outside_of_itself": archive(table, {"../../evil": b"x", "/etc/evil": b"x"}, name="../../data.pkl"),
        "behind_something_else": b"#!/bin/sh\n" * 100 + saved(W),
        "in_an_archive": archive(saved(W), name="archive/inner.pth"),
        "torchscript": archive(table, {"archive/code/__torch__.py": b"x", "archive/constants.pkl": b"\x80\x02)."}),
        "empty": b"PK\x05\x06" + bytes(18),
        "directory_flipped": bytes(b ^ (8 if i == len(saved(W)) - 30 else 0) for i, b in enumerate(saved(W))),
        "cut_in_half": saved(W)[: len(saved(W)) // 2],
        "cut_at_the_end": saved(W)[:-10],
        "without_numbers": rewritten(saved(W), {}, drop=("data/0",)),
        "too_few_numbers": rewritten(saved(W), {"data/0": b"1234"}),
        "billion_numbers_claimed": rewritten(saved(W), {"data.pkl": table.replace(CLAIM, b"J\x00\xca\x9a\x3b")}),
        "size_beyond_its_storage": rewritten(saved(W), {"data.pkl": table[::-1].replace(CLAIM[::-1], b"\x3b\x9a\xca\x00J", 1)[::-1]}),
        "negative_size": rewritten(saved(W), {"data.pkl": table.replace(CLAIM, b"J\xff\xff\xff\xff")}),
        "expanded": saved({"w": torch.zeros(1).expand(30_000, 30_000)}),
        "overlapping_windows": saved({"w": torch.zeros(4000).as_strided((2000, 2000), (1, 1))}),
        "one_storage_a_thousand_times": saved(dict.fromkeys((f"w{i}" for i in range(1000)), torch.zeros(100_000))),
        "of_101000_names": saved(dict.fromkeys((f"w{i}" for i in range(101_000)), torch.zeros(1))),
    }  # fmt: skip


@several("old")
def olds() -> dict[str, bytes]:
    return {
        "cut_in_half": saved(W, old=True)[: len(saved(W, old=True)) // 2],
        "cut_at_the_end": saved(W, old=True)[:-10],
        "billion_numbers_claimed": saved(W, old=True).replace(CLAIM, b"J\x00\xca\x9a\x3b"),
        "expanded": saved({"w": torch.zeros(1).expand(30_000, 30_000)}, old=True),
        "numbers_count_flipped": saved(W, old=True).replace(struct.pack("<q", 1000), struct.pack("<q", 1 << 40)),
        "only_its_magic": b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
    }


@several("content")
def contents() -> dict[str, bytes]:
    return {
        "list": saved([1, 2]),
        "tensor": saved(torch.zeros(3)),
        "number": saved(3),
        "text": saved("weights"),
        "nothing": saved(None),
        "empty": saved({}),
        "empty_part": saved({"state_dict": {}}),
        "numbers_for_names": saved({1: torch.zeros(2)}),
        "no_tensors": saved({"a": 3, "b": "x"}),
        "name_with_escape_codes": saved({"w\x1b[2J": torch.zeros(2)}),
        "name_of_10000_letters": saved({"w" * 10_000: torch.zeros(2)}),
        "sparse": saved({"w": torch.eye(3).to_sparse()}),
        "quantised": saved({"w": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)}),
        "nowhere": saved({"w": torch.empty(10**9, 10**6, device="meta")}),
    }


@several("table_flipped")
def table_flippeds() -> dict[str, bytes]:
    content = saved(W)
    table = table_of(content)
    made = {}
    for n in range(9):
        flipped = bytes(b ^ (1 << n % 8 if i == 7 + n * 11 else 0) for i, b in enumerate(table))
        made[str(n)] = rewritten(content, {"data.pkl": flipped})
    return made


# --- what is no file -------------------------------------------------------------------------------------------


@case
def place_pipe(path: Path) -> None:
    os.mkfifo(path)


@case
def place_link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_suffix(".pipe"))
    path.symlink_to(path.with_suffix(".pipe"))


@case
def place_link_to_itself(path: Path) -> None:
    path.symlink_to(path)


@case
def place_folder(path: Path) -> None:
    path.mkdir()


@case
def place_endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@case
def place_nothing(path: Path) -> None:
    return


def make_all(folder: Path, mark: Path) -> list[str]:
    """Write every file; their names."""
    names = list(CASES)
    for name, make in CASES.items():
        make(folder / f"{name}.pth")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is odd about these files, they are the point
        for group, contents in {**GROUPS, "code": lambda: dict(code(mark))}.items():
            for key, content in contents().items():
                names.append(f"{group}_{key}")
                (folder / f"{group}_{key}.pth").write_bytes(content)
    return names


# --- reading them within little memory -------------------------------------------------------------------------


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def read_all(folder: Path, names: list[str]) -> Iterator[dict[str, Any]]:
    import resource

    from designer.errors import LayerloomError
    from designer.exchange.contents import look, read_part
    from designer.exchange.weights import read_weights

    torch.save(W, folder / "warm.pt")
    look(folder / "warm.pt")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (1 << 30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for name in names:
        path = folder / f"{name}.pth"
        files, before = open_files(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        told: dict[str, str] = {}
        ways: dict[str, Callable[[Path], Any]] = {
            "look": look,
            "weights": read_weights,
            "part": lambda p: read_part(p, "", [w.name for w in look(p).part()]),
        }
        for way, read in ways.items():
            if way == "part" and told["look"]:
                continue  # it looks first, and that was refused
            try:
                read(path)
                told[way] = ""
            except LayerloomError as error:
                told[way] = error.message
            except BaseException as error:  # noqa: BLE001  (that is the finding)
                told[way] = f"ESCAPED {type(error).__name__}: {error}"
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        yield {"name": name, "told": told, "megabytes": grown >> 10, "files": open_files() - files}


if __name__ == "__main__":
    for found in read_all(Path(sys.argv[1]), json.loads(sys.stdin.read())):
        print(json.dumps(found), flush=True)
