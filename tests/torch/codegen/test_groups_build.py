"""Grouped, linked and repeated drawings build: the same numbers as before grouping, weights of its own for each copy."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.errors import EditRefused, NetworkInvalid
from designer.graph.document import Document
from designer.graph.edits import SetParams
from designer.graph.groups import group, ungroup
from designer.graph.instances import link_copy, repeat
from designer.graph.templates import load_template
from tests.pure.graph.drawing import a_grouping, an_edit


def body() -> Document:
    """The digits template with its first three layers behind the input grouped, made to keep their channels."""
    document = Document(load_template("digits").copy())
    first = next(n for n in document.network.order() if document.network[n].type == "conv2d")
    document.do(SetParams(first, {"out_channels": 1, "padding": "same", "stride": 1}))
    after = next(iter(document.network.successors(first)))
    document.do(group(document, [first, after], "body"))
    return document


def test_grouping_changes_names_and_nothing_else() -> None:
    document = Document(load_template("digits").copy())
    names = [n for n in document.network.order() if document.network[n].block.role == "layer"]
    x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    plain = build(compile_network(document.network), 3).eval()
    document.do(group(document, names[:3], "stem"))
    grouped = build(compile_network(document.network), None).eval()
    renamed = {
        f"stem.{key}" if key.split(".")[0] in names[:3] else key: value for key, value in plain.state_dict().items()
    }
    grouped.load_state_dict(renamed)
    assert torch.equal(plain(x), grouped(x))
    document.do(ungroup(document, "stem"))
    assert compile_network(document.network).source == compile_network(load_template("digits")).source


def test_repeated_copies_have_weights_of_their_own_and_run_one_after_the_other() -> None:
    document = body()
    document.do(repeat(document, "body", 3))
    assert not document.has_errors
    module = build(compile_network(document.network))
    weights = {
        k: v for k, v in module.named_parameters() if k.startswith("body.") and k.endswith("weight") and v.dim() == 4
    }
    assert sorted({k.split(".")[1] for k in weights}) == ["0", "1", "2"]
    assert len({v.data_ptr() for v in weights.values()}) == len(weights) == 3
    assert document.totals().params == sum(p.numel() for p in module.parameters())
    x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    taken: list[str] = []
    for number, part in module.get_submodule("body").named_children():
        part.register_forward_hook(lambda *_, number=number: taken.append(number))
    module(x).sum().backward()
    assert taken == ["0", "1", "2"] and all(v.grad is not None for v in weights.values())


def test_an_input_inside_a_group_is_what_the_group_is_given() -> None:
    document = Document(load_template("digits").copy())
    names = document.network.order()
    x = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    plain = build(compile_network(document.network), 3).eval()
    document.do(group(document, names[:3], "start"))
    document.do(group(document, names[-2:], "end"))
    program = compile_network(document.network)
    assert [end.name for end in program.inputs] == [f"start.{names[0]}"]
    grouped = build(program, None).eval()
    places = {**dict.fromkeys(names[:3], "start."), **dict.fromkeys(names[-2:], "end.")}
    grouped.load_state_dict({places.get(k.split(".")[0], "") + k: v for k, v in plain.state_dict().items()})
    assert torch.equal(plain(x), grouped(x))


@given(st.data())
def test_whatever_people_do_with_groups_the_text_builds(data: st.DataObject) -> None:
    document = body()
    document.do(link_copy(document, "body"))
    for _ in range(data.draw(st.integers(1, 8))):
        try:
            document.do(data.draw(st.one_of(a_grouping(document), an_edit(document))))
        except EditRefused:
            continue
    try:
        program = compile_network(document.network)
    except NetworkInvalid:
        program = compile_network(document.network, draft=True)
    module = build(program)
    assert {key.rsplit(".", 1)[0] for key, _ in module.named_parameters()} <= document.network.nodes.keys()
