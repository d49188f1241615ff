"""Classes read from the text of a Python file: nothing is run, and no text brings more than a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from designer.blocks.catalog import catalog
from designer.blocks.dims import BATCH, Expr, concrete
from designer.blocks.fitting import fit
from designer.blocks.userclass import UserClass, declare, forget_all, from_json, to_json
from designer.blocks.userfile import module_name, read_classes
from designer.errors import FileDamaged
from designer.graph.document import Document
from designer.graph.edit_data import edit_from_json, edit_to_json
from designer.graph.edits import AddBlock
from designer.graph.reading import network_from_json
from designer.graph.search import groups, search


@pytest.fixture(autouse=True)
def no_classes() -> Iterator[None]:
    yield
    forget_all()


def read(body: str, name: str = "my_layers.py") -> list[UserClass]:
    return read_classes(f"import torch\nfrom torch import nn\n{body}".encode(), name)


def test_ports_and_parameters_come_from_the_signatures() -> None:
    (cls,) = read(
        '''
from typing import Literal, Optional
class Squeeze(nn.Module):
    """Weighs channels.

    Not this."""
    def __init__(self, channels: int, reduction=4, act: Literal["relu", "silu"] = "relu", steps=[1, 2],
                 norm=nn.BatchNorm2d, p: float = 0, *args, bias: bool = True, k: Optional[int] = None, **more):
        super().__init__()
    def forward(self, x, mask=None, scale: float = 1.0):
        def inner():
            return 1, 2, 3
        return x, mask
'''
    )
    assert cls.help == "Weighs channels."
    assert {p.name: (p.kind, p.default) for p in cls.params} == {
        "channels": ("int", None),
        "reduction": ("int", 4),
        "act": ("choice", "relu"),
        "steps": ("text", "[1, 2]"),
        "p": ("float", 0.0),
        "bias": ("bool", True),
        "k": ("int", None),
    }
    assert [(i.name, i.optional, i.many) for i in cls.inputs] == [("x", False, False), ("mask", True, False)]
    assert cls.outputs == 2
    assert [note.split()[0] for note in cls.notes] == ["norm", "*args", "**more"]


def test_what_counts_as_a_layer() -> None:
    body = """
import torch.nn as N
from torch.nn import Module, Conv2d
class A(N.Module):
    def forward(self, x): return x
class B(A): pass
class C(Module):
    def forward(self, *xs): return xs[0]
class D(Conv2d): pass
class E:
    def forward(self, x): return x
class F(torch.nn.Module):
    def forward(self, x, *, must): return x
class G(torch.nn.Module):
    def forward(self, x, y): return x
"""
    assert [(c.name, len(c.inputs)) for c in read(body)] == [("A", 1), ("B", 1), ("C", 1), ("G", 2)]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"x = 1",
        b"class A(nn.Module",
        b"\x00",
        b"\xff\xfe",
        b"# coding: utf-7\nimport torch",
        b"# coding: nonsense\n",
        "from torch import nn\n# \u202e\nclass A(nn.Module):\n def forward(self, x): return x".encode(),
        b"(" * 5000,
        b"#" * (1 << 21),
        b"from torch import nn\n" + b"".join(b"class A%d(nn.Module): pass\n" % i for i in range(300)),
    ],
)
def test_odd_files_are_refused_in_a_sentence(text: bytes) -> None:
    with pytest.raises(FileDamaged, match=r"^odd\.py ") as caught:
        read_classes(text, "odd.py")
    assert len(str(caught.value)) < 300


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))))
@example(b"from torch import nn\nclass A(nn.Module):\n def forward(): return 1")
def test_any_text_gives_classes_or_a_sentence(text: bytes) -> None:
    try:
        for cls in read_classes(b"from torch import nn\n" + text, "any.py"):
            assert from_json(to_json(cls)) == cls
    except FileDamaged as error:
        assert str(error)


_ARGUMENT = st.sampled_from(
    ["a", "b=1", "c: int = None", "d='x'", "e=(1, 2)", "f: float = 1", "g=float('nan')", "h=-0.0"]
)


@given(st.lists(_ARGUMENT, unique=True, max_size=8).map(lambda rows: sorted(rows)))
def test_what_is_read_can_be_declared_and_kept(arguments: list[str]) -> None:
    body = f"class A(nn.Module):\n def __init__(self, {', '.join(arguments)}): pass\n def forward(self, x): return x\n"
    (cls,) = read(body)
    assert from_json(to_json(cls)) == cls
    kind = declare(cls)
    assert declare(cls) == kind
    block = catalog()[kind]
    assert block.check({}) == {p.name: p.default for p in block.params}


def test_names_of_files_stand_in_nobodys_way() -> None:
    assert module_name("torch.py") == "torch_layers"
    assert module_name("json.py") == "json_layers"
    assert module_name("model.py") == "model_layers"
    assert module_name("class.py") == "class_layers"
    assert module_name("3 my-layers.py") == "_3_my_layers"
    assert module_name("größe.py").isidentifier()


ONE = "class Squeeze(nn.Module):\n def __init__(self, r=4): pass\n def forward(self, x): return x\n"


def test_a_network_brings_its_declarations_along() -> None:
    kind = declare(read(ONE)[0])
    document = Document()
    new = document.new_block(kind, 0, 0)
    assert new.name == "squeeze1"
    document.do(new)
    data, edit, copied = document.network.to_json(), edit_to_json(new), document.copy(["squeeze1"])
    forget_all()
    assert kind not in catalog()
    assert network_from_json(data)["squeeze1"].block.title == "Squeeze"
    forget_all()
    again = edit_from_json(edit)
    assert isinstance(again, AddBlock)
    assert again.type == kind in catalog()
    forget_all()
    fresh = Document()
    fresh.do(fresh.paste(copied, 0, 0))
    assert fresh.network["squeeze1"].type == kind
    assert not search("squeeze1") or all(block.type != kind for block in search("squeeze"))  # used, not yet offered


def test_a_declaration_that_lies_takes_nobodys_place() -> None:
    true = read(ONE)[0]
    lie = to_json(true) | {"outputs": 3}
    assert declare(from_json(lie)) != declare(true)


@pytest.mark.parametrize(
    "lie",
    [
        {"class": "A; import os"},
        {"class": "lambda"},
        {"module": "../etc"},
        {"sha256": "x"},
        {"outputs": 10**6},
        {"outputs": True},
        {"params": [{"name": "r", "kind": "text", "default": "__import__('os')", "literal": True}]},
        {"params": [{"name": "r", "kind": "size", "default": 1}]},
        {"params": [{"name": "r=1, **x", "kind": "int", "default": 1}]},
        {"params": [{"name": "r", "kind": "int", "default": "1"}]},
        {"inputs": [{"name": "x"}] * 1000},
        {"inputs": [{"name": "x)"}]},
        {"help": 5},
        {"extra": 1},
    ],
)
def test_hostile_declarations_are_refused(lie: dict[str, object]) -> None:
    with pytest.raises(FileDamaged):
        from_json(to_json(read(ONE)[0]) | lie)


def test_offered_blocks_are_found_and_put_away_again() -> None:
    from designer.blocks.catalog import offer

    kind = declare(read(ONE)[0])
    offer([kind])
    assert [b.title for b in groups()["Your blocks"]] == ["Squeeze"]
    assert search("squeeze")[0].title.startswith("Squeeze")
    offer([])
    assert "Your blocks" not in groups()


@given(st.integers(1, 4), st.integers(-3, 40), st.sampled_from([1, 2, 3, 4, 8]), st.booleans())
def test_sizes_are_found_from_samples(times: int, shift: int, parts: int, batch: bool) -> None:
    height = Expr.symbol("H")
    wanted = (times * height + shift) // parts
    samples = [
        {"B": b, "H": h} for b, h in ((2, 64), (3, 64), (5, 64), *((2, h) for h in range(65, 74)), (3, 96), (5, 131))
    ]
    known = {dim: [concrete(dim, s) for s in samples] for dim in (BATCH, height)}
    wanted = wanted * BATCH if batch else wanted
    found = fit([concrete(wanted, s) for s in samples], known)
    assert found is not None
    assert [concrete(found, s) for s in samples] == [concrete(wanted, s) for s in samples]
    far = {"B": 7, "H": 1000}
    assert concrete(found, far) == concrete(wanted, far)


def test_reading_a_file_does_not_run_it(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    read(f"open({str(mark)!r}, 'w').close()\n{ONE}")
    assert not mark.exists()
