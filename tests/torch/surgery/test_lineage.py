"""Whatever people do to a drawing, its weights follow: what is kept loads strictly, what is not is told, undo brings back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from designer.codegen.module import build
from designer.codegen.python import compile_network
from designer.errors import LayerloomError
from designer.graph import groups
from designer.graph.document import Document
from designer.graph.edits import Edit, Rename, SetParams, edit_from_json, edit_to_json
from designer.graph.model import Network
from designer.graph.sharing import apart, together
from designer.graph.surgery.cut import keep_up_to
from designer.graph.surgery.deepen import deepen
from designer.graph.surgery.replace import Query, find, replacement
from designer.graph.surgery.widths import prune, widen
from designer.graph.templates import load_template
from designer.project.trail import Trail
from tests.pure.graph.drawing import an_edit

START = load_template("small-resnet")
STATE = {k: v.contiguous() for k, v in build(compile_network(START), 1).state_dict().items()}


class Session:
    """A drawing with weights, and everything that was told since."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.document = folder, Document(START.copy())
        self.source = folder / "start.safetensors"
        save_file(STATE, self.source)
        self.told: list[Edit] = []
        self.document.subscribe(lambda changed: self.told.append(changed.edit))

    def trail(self) -> Trail:
        """As a journal would bring it back."""
        return Trail(self.source, START, [edit_from_json(edit_to_json(edit)) for edit in self.told])

    def check(self) -> dict[str, torch.Tensor]:
        """The weights now: each fits the module that torch makes, and what lacks is told."""
        target = self.folder / "now.safetensors"
        report = self.trail().write(self.document.network, target)
        state = load_file(target)
        module = _module(self.document.network)
        if module is not None:
            wanted = {n: t for n, t in module.state_dict().items() if n not in state}
            blocks = {n.rpartition(".")[0] for n in wanted if not n.endswith("num_batches_tracked")}
            assert blocks <= set(report.reset or {}), (blocks, report)
            module.load_state_dict({**wanted, **{n: state[n] for n in module.state_dict() if n in state}}, strict=True)
        return state


def _module(network: Network) -> torch.nn.Module | None:
    try:
        return build(compile_network(network, draft=True), 0)
    except LayerloomError:
        return None


Do = Callable[[Document, str, int], Edit]
SURGERY: list[Do] = [
    lambda d, name, n: widen(d, name, int(d.network[name].params["out_channels"]) + 1 + n).edit,  # type: ignore[arg-type]
    lambda d, name, n: (
        prune(
            d,
            name,
            max(1, int(d.network[name].params["out_channels"]) - 1 - n),
            lambda _p, c: [float(i % 5) for i in range(c)],
        ).edit
    ),  # type: ignore[arg-type]
    lambda d, name, n: deepen(d, name).edit,
    lambda d, name, n: replacement(d, find(d.network, Query("relu")), "gelu").edit,
    lambda d, name, n: Rename(name, f"{name}_{n}"),
    lambda d, name, n: groups.group(d, [name, *list(d.network.successors(name))[:1]], f"stage{n}"),
    lambda d, name, n: SetParams(name, {"out_channels": 3 + n}),
    lambda d, name, n: together(d.network, [name, d.network.names()[n % len(d.network)]]),
    lambda d, name, n: apart(d.network, [name]),
    lambda d, name, n: d.removal([name]),
    lambda d, name, n: d.paste(d.copy([name]), 0.0, 0.0),
    lambda d, name, n: keep_up_to(d, name).edit,
]


@given(data=st.data())
def test_any_edits_and_their_undoing(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder))
        document = session.document
        for _ in range(data.draw(st.integers(1, 6))):
            step = data.draw(st.sampled_from(("surgery",) * 5 + ("edit", "undo", "redo")))
            convs = [n for n in document.network.names() if document.network[n].type == "conv2d"]
            try:
                if step == "undo":
                    document.undo()
                elif step == "redo":
                    document.redo()
                elif step == "surgery" and convs:
                    do = data.draw(st.sampled_from(SURGERY))
                    document.do(do(document, data.draw(st.sampled_from(convs)), data.draw(st.integers(0, 4))))
                else:
                    document.do(data.draw(an_edit(document)))
            except (LayerloomError, KeyError):
                continue
        session.check()
        while document.undo() is not None:
            pass
        back = session.check()
        assert back.keys() == STATE.keys() and all(torch.equal(back[name], STATE[name]) for name in STATE)


def test_a_rename_and_a_new_name_for_another(tmp_path: Path) -> None:
    session = Session(tmp_path)
    for edit in (
        Rename("layer1.conv1", "first"),
        Rename("layer1.conv2", "layer1.conv1"),
        Rename("first", "layer1.conv2"),
    ):
        session.document.do(edit)
    state = session.check()
    assert torch.equal(state["layer1.conv1.weight"], STATE["layer1.conv2.weight"])
    assert torch.equal(state["layer1.conv2.weight"], STATE["layer1.conv1.weight"])


def test_what_another_size_needs_starts_anew_and_comes_back(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.document.do(SetParams("fc", {"out_features": 7}))
    report = session.trail().report(session.document.network)
    assert dict(report.reset or {}) == {"fc": "10×64 in the file, 7×64 now"} or "fc" in (report.reset or {})
    assert "fc.weight" not in session.check()
    session.document.do(SetParams("fc", {"out_features": 10}))
    assert torch.equal(session.check()["fc.weight"], STATE["fc.weight"])


def test_widening_twice_and_pruning_back_one(tmp_path: Path) -> None:
    session = Session(tmp_path)
    document = session.document
    document.do(widen(document, "layer1.conv1", 20).edit)
    document.do(Rename("layer1.conv1", "wide"))
    document.do(widen(document, "wide", 24).edit)
    assert session.check()["wide.weight"].shape[0] == 24
    document.undo()
    assert session.check()["wide.weight"].shape[0] == 20
    document.undo()
    document.undo()
    assert torch.equal(session.check()["layer1.conv1.weight"], STATE["layer1.conv1.weight"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_number_types_keep_their_type(dtype: torch.dtype, tmp_path: Path) -> None:
    session = Session(tmp_path)
    state = {k: v.to(dtype) if v.is_floating_point() else v for k, v in STATE.items()}
    save_file(state, session.source)
    session.document.do(widen(session.document, "layer1.conv1", 19).edit)
    now = session.check()
    assert now["layer1.conv2.weight"].dtype == dtype and now["layer1.bn1.num_batches_tracked"].dtype == torch.int64
    both = now["layer1.conv2.weight"][:, 0].double() + now["layer1.conv2.weight"][:, 16].double()
    assert torch.allclose(both, state["layer1.conv2.weight"][:, 0].double(), rtol=2e-2, atol=1e-3)
    assert torch.equal(now["layer1.conv1.weight"][16:], state["layer1.conv1.weight"][:3])
