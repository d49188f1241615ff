"""ONNX files that lie; run as a program it reads them within little memory and says what happened, a line each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

CASES: dict[str, Callable[[Path], None]] = {}
W = np.arange(6, dtype=np.float32).reshape(2, 3)


def case(make: Callable[[Path], None]) -> Callable[[Path], None]:
    CASES[make.__name__] = make
    return make


def model(nodes: list[Any], weights: list[Any] | None = None, **more: Any) -> Any:
    graph = helper.make_graph(
        nodes,
        "g",
        more.pop("inputs", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])]),
        more.pop("outputs", [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]),
        weights or [],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", more.pop("opset", 17))], **more)


def node(op: str, inputs: list[str], outputs: list[str], **attributes: Any) -> Any:
    return helper.make_node(op, inputs, outputs, **attributes)


def weight(name: str = "w") -> Any:
    return onnx.numpy_helper.from_array(W, name)


def good() -> Any:
    return model([node("Gemm", ["x", "w"], ["y"], transB=1)], [weight()])


def save(made: Any, path: Path) -> None:
    path.write_bytes(made.SerializeToString())


def one(name: str, make: Callable[[], Any]) -> None:
    CASES[name] = lambda path: save(make(), path)


# --- weights elsewhere -------------------------------------------------------------------------------------------


def elsewhere(location: str, offset: str = "0", length: str = "24", dims: tuple[int, ...] = (2, 3)) -> Any:
    made = good()
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    del tensor.dims[:]
    tensor.dims.extend(dims)
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=value)
    return made


one("outside_above", lambda: elsewhere("../secret.bin"))
one("outside_absolute", lambda: elsewhere("/etc/passwd"))
one("outside_above_and_below", lambda: elsewhere("a/../../secret.bin"))
one("outside_home", lambda: elsewhere("~/secret.bin"))
one("outside_nothing", lambda: elsewhere(""))
one("outside_null", lambda: elsewhere("w\0.bin"))
one("outside_device", lambda: elsewhere("/dev/zero"))
one("outside_itself", lambda: elsewhere("outside_itself.onnx"))
one("outside_missing", lambda: elsewhere("nowhere.bin"))


@case
def outside_link(path: Path) -> None:
    link = path.parent / "link.bin"
    link.symlink_to("/etc/passwd")
    save(elsewhere("link.bin"), path)


@case
def outside_folder_link(path: Path) -> None:
    (path.parent / "up").symlink_to(path.parent.parent)
    save(elsewhere("up/secret.bin"), path)


@case
def outside_link_to_itself(path: Path) -> None:
    (path.parent / "circle.bin").symlink_to("circle.bin")
    save(elsewhere("circle.bin"), path)


@case
def outside_pipe(path: Path) -> None:
    os.mkfifo(path.parent / "pipe.bin")
    save(elsewhere("pipe.bin"), path)


def beside(name: str, **said: Any) -> None:
    def make(path: Path) -> None:
        (path.parent / f"{name}.bin").write_bytes(W.tobytes())
        save(elsewhere(f"{name}.bin", **said), path)

    CASES[name] = make


beside("beside_too_long", length="2400", dims=(20, 30))
beside("beside_offset_beyond", offset="20")
beside("beside_offset_negative", offset="-24")
beside("beside_offset_of_words", offset="many")
beside("beside_offset_huge", offset="9" * 40)
beside("beside_length_of_another", length="12")
beside("beside_a_billion", length=str(4 << 30), dims=(1 << 15, 1 << 15))


# --- weights that claim ------------------------------------------------------------------------------------------


def claiming(*dims: int, raw: bool = True) -> Any:
    made = good()
    tensor = made.graph.initializer[0]
    del tensor.dims[:]
    tensor.dims.extend(dims)
    if not raw:
        tensor.ClearField("raw_data")
        tensor.float_data.extend([1.0, 2.0])
    return made


one("claims_a_billion", lambda: claiming(1_000_000, 1000))
one("claims_a_billion_billion", lambda: claiming(1 << 62, 1 << 62))
one("claims_a_negative_size", lambda: claiming(-2, -3))
one("claims_more_than_the_list", lambda: claiming(1_000_000, 1000, raw=False))
one("claims_seventy_dimensions", lambda: claiming(*[1] * 70))
one("claims_fewer", lambda: claiming(1, 1))


def constant(op: str, sizes: list[int], **attributes: Any) -> Any:
    row = onnx.numpy_helper.from_array(np.array(sizes, dtype=np.int64), "s")
    return model([node(op, ["s"], ["c"], **attributes), node("Add", ["x", "c"], ["y"])], [row])


def chained(op: str, *rows: list[int]) -> Any:
    weights = [onnx.numpy_helper.from_array(np.array(row), f"r{n}") for n, row in enumerate(rows)]
    names = [f"r{n}" for n in range(len(rows))]
    return model([node(op, names, ["c"]), node("Add", ["x", "c"], ["y"])], weights)


one("constant_of_a_trillion", lambda: constant("ConstantOfShape", [1_000_000, 1_000_000]))
one("constant_of_a_negative_size", lambda: constant("ConstantOfShape", [-5]))
one("constant_tiled_a_trillion_times", lambda: chained("Tile", [1], [10**12]))  # type: ignore[list-item]
one("constant_stretched", lambda: chained("Expand", [1], [10**6, 10**6]))
one("row_of_a_trillion", lambda: chained("Range", 0, 10**12, 1))  # type: ignore[arg-type]
one("row_without_a_step", lambda: chained("Range", 0, 10, 0))  # type: ignore[arg-type]


# --- graphs ------------------------------------------------------------------------------------------------------

one("circle", lambda: model([node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["y"])]))
one("circle_of_one", lambda: model([node("Add", ["x", "y"], ["y"])]))
one("input_missing", lambda: model([node("Add", ["x", "nowhere"], ["y"])]))
one("output_missing", lambda: model([node("Relu", ["x"], ["z"])]))
one("output_twice", lambda: model([node("Relu", ["x"], ["y"]), node("Abs", ["x"], ["y"])]))
one("output_over_input", lambda: model([node("Relu", ["x"], ["x"]), node("Relu", ["x"], ["y"])]))
one("weight_twice", lambda: model([node("Gemm", ["x", "w"], ["y"], transB=1)], [weight(), weight()]))
one("no_outputs", lambda: model([node("Relu", ["x"], ["y"])], outputs=[]))
one("operator_unknown", lambda: model([node("Explode", ["x"], ["y"])]))
one("operator_of_elsewhere", lambda: model([node("Run", ["x"], ["y"], domain="evil.corp")]))
one("operator_without_inputs", lambda: model([node("Gemm", [], ["y"])]))
one("opset_of_the_future", lambda: model([node("Relu", ["x"], ["y"])], opset=9999))
one("opset_of_the_past", lambda: model([node("Relu", ["x"], ["y"])], opset=2))
one("pool_of_negative_sizes", lambda: model([node("MaxPool", ["x"], ["y"], kernel_shape=[-3, -3])]))
one("pool_of_no_size", lambda: model([node("MaxPool", ["x"], ["y"], kernel_shape=[0, 0])]))
one("axis_far_away", lambda: model([node("Softmax", ["x"], ["y"], axis=2**40)]))
one("steps_of_nothing", lambda: model([node("LeakyRelu", ["x"], ["y"], alpha=float("nan"))]))
one("order_of_nothing", lambda: model([node("Transpose", ["x"], ["y"], perm=[0, 0])]))
one("equation_with_code", lambda: model([node("Einsum", ["x"], ["y"], equation="__import__('os').system('x')")]))
one("mode_with_code", lambda: model([node("GridSample", ["x", "x"], ["y"], mode="') + exit() + ('")]))
one("reduction_with_code", lambda: model([node("ScatterElements", ["x", "x", "x"], ["y"], reduction="');exit()")]))
one("name_with_code", lambda: model([node("Relu", ["x"], ["y"], name="a'; import os\nos.system('x')")]))


def odd_names() -> Any:
    name = "w\u202e\u0000../é;DROP\n" * 3
    made = model([node("Gemm", ["x", name], ["y"], transB=1, name="\U0001f4a5")], [weight(name)])
    made.graph.initializer[0].name = name
    return made


one("names_that_are_odd", odd_names)
one(
    "names_that_are_long", lambda: model([node("Gemm", ["x", "w" * 100_000], ["y"], transB=1)], [weight("w" * 100_000)])
)


def shaped(*dims: Any) -> Any:
    info = helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)
    return model([node("Relu", ["x"], ["y"])], inputs=[info])


one("input_of_negative_size", lambda: shaped("n", -3))
one("input_of_a_trillion", lambda: shaped("n", 1 << 40))
one("input_of_many_dimensions", lambda: shaped(*["n"] * 60))
one("input_of_text", lambda: model([node("Relu", ["x"], ["y"])], inputs=[
    helper.make_tensor_value_info("x", TensorProto.STRING, ["n"])]))  # fmt: skip


def nested(levels: int) -> Any:
    inner = helper.make_graph(
        [node("Identity", ["x"], ["i"])], "i", [], [helper.make_value_info("i", onnx.TypeProto())]
    )
    for level in range(levels):
        outer = node("If", ["c"], [f"o{level}"], then_branch=inner, else_branch=inner)
        inner = helper.make_graph([outer], "i", [], [helper.make_value_info(f"o{level}", onnx.TypeProto())])
    condition = onnx.numpy_helper.from_array(np.array(True), "c")
    return model([node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)], [condition])


one("graphs_ten_deep", lambda: nested(10))  # each holds the one below twice


@case
def graphs_thousands_deep(path: Path) -> None:
    content = helper.make_graph([node("Relu", ["x"], ["y"])], "g", [], []).SerializeToString()
    for _ in range(3000):  # written by hand: the library itself refuses to
        attribute = b"\x32" + varint(len(content)) + content
        inner = b"\x2a" + varint(len(attribute)) + attribute
        content = b"\x0a" + varint(len(inner)) + inner
    path.write_bytes(b"\x3a" + varint(len(content)) + content)


def varint(value: int) -> bytes:
    made = b""
    while value > 127:
        made, value = made + bytes([value & 127 | 128]), value >> 7
    return made + bytes([value])


@case
def nodes_ten_million(path: Path) -> None:
    """The header of a graph of ten million empty nodes, and fewer bytes than it says."""
    path.write_bytes(b"\x3a" + varint(20_000_000) + b"\x0a\x00" * 500_000)


@case
def nodes_three_hundred_thousand(path: Path) -> None:
    body = b"\x0a\x00" * 300_000
    path.write_bytes(b"\x42\x02\x10\x11\x3a" + varint(len(body)) + body)


def laughing() -> Any:
    """Functions that call the one before twice: 2 to the power of 20 nodes."""
    made = model([node("f19", ["x"], ["y"], domain="f")])
    made.opset_import.append(helper.make_opsetid("f", 1))
    ids = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    for n in range(20):
        op, domain = (f"f{n - 1}", "f") if n else ("Relu", "")
        nodes = [node(op, ["a"], ["b"], domain=domain), node(op, ["b"], ["c"], domain=domain)]
        made.functions.append(helper.make_function("f", f"f{n}", ["a"], ["c"], nodes, ids))
    return made


def endless() -> Any:
    made = model([node("f", ["x"], ["y"], domain="f")])
    made.opset_import.append(helper.make_opsetid("f", 1))
    ids = [helper.make_opsetid("f", 1)]
    made.functions.append(helper.make_function("f", "f", ["a"], ["b"], [node("f", ["a"], ["b"], domain="f")], ids))
    return made


one("functions_that_laugh", laughing)
one("functions_without_end", endless)


def looping() -> Any:
    body = helper.make_graph(
        [node("Identity", ["go"], ["on"]), node("Relu", ["a"], ["b"])],
        "body",
        [helper.make_value_info(name, onnx.TypeProto()) for name in ("i", "go", "a")],
        [helper.make_value_info(name, onnx.TypeProto()) for name in ("on", "b")],
    )
    often = onnx.numpy_helper.from_array(np.array(2**62), "often")
    always = onnx.numpy_helper.from_array(np.array(True), "always")
    return model([node("Loop", ["often", "always", "x"], ["y"], body=body)], [often, always])


one("loop_without_end", looping)


# --- bytes -------------------------------------------------------------------------------------------------------


def raw(name: str, content: bytes) -> None:
    CASES[name] = lambda path: void(path.write_bytes(content))


def void(_: int) -> None:
    return None


raw("bytes_none", b"")
raw("bytes_zeros", bytes(5000))
raw("bytes_text", b"this is no model")
raw("bytes_picture", b"\x89PNG\r\n\x1a\n" + bytes(99))
raw("bytes_half", good().SerializeToString()[: len(good().SerializeToString()) // 2])
raw("bytes_without_end", good().SerializeToString()[:-1])
raw("bytes_length_of_an_exabyte", b"\x3a" + varint(1 << 60) + b"abc")
for _n in range(16):
    _content = bytearray(good().SerializeToString())
    _content[5 + _n * (len(_content) - 6) // 16] ^= 1 << _n % 8
    raw(f"flipped_{_n}", bytes(_content))


@case
def place_pipe(path: Path) -> None:
    os.mkfifo(path)


@case
def place_folder(path: Path) -> None:
    path.mkdir()


@case
def place_endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@case
def place_hole_of_three_gigabytes(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 30)


@case
def place_nothing(path: Path) -> None:
    return


def make_all(folder: Path) -> list[str]:
    """Write every file; their names."""
    for name, make in CASES.items():
        make(folder / f"{name}.onnx")
    return list(CASES)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def read_all(folder: Path, names: list[str]) -> Iterator[dict[str, Any]]:
    import resource
    import time

    from designer.errors import LayerloomError
    from designer.exchange.onnx_import.read import read_onnx

    save(good(), folder / "warm.onnx")
    read_onnx(folder / "warm.onnx")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (2 << 30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for name in names:
        files, before, began = open_files(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        try:
            read_onnx(folder / f"{name}.onnx")
            told = ""
        except LayerloomError as error:
            told = error.message
        except BaseException as error:  # noqa: BLE001  (that is the finding)
            told = f"ESCAPED {type(error).__name__}: {error}"
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        spent = time.monotonic() - began
        yield {"name": name, "told": told, "megabytes": grown >> 10, "files": open_files() - files, "seconds": spent}


if __name__ == "__main__":
    for found in read_all(Path(sys.argv[1]), json.loads(sys.stdin.read())):
        print(json.dumps(found), flush=True)
