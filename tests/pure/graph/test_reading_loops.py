"""A file whose wires run in a circle is refused with a sentence that names the circle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.errors import FileDamaged
from designer.graph.reading import network_from_json
from designer.graph.templates import load_template
from designer.project.file import Project, load_project, save_project


def drawn(*wires: tuple[str, str]) -> dict[str, object]:
    names = dict.fromkeys(name for wire in wires for name in wire)
    return {
        "blocks": [{"name": name, "type": "add", "params": {}, "at": [0, 0]} for name in names],
        "wires": [[src, 0, dst, slot] for slot, (src, dst) in enumerate(wires)],
    }


@pytest.mark.parametrize(
    ("wires", "loop"),
    [
        ([("a", "a")], {"a → a"}),
        ([("a", "b"), ("b", "a")], {"a → b → a", "b → a → b"}),
        ([("z", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")], {"a → b → c → a", "b → c → a → b", "c → a → b → c"}),
    ],
)  # fmt: skip
def test_the_loop_is_named(wires: list[tuple[str, str]], loop: set[str]) -> None:
    with pytest.raises(FileDamaged) as refused:
        network_from_json(drawn(*wires))
    (said,) = [
        one for one in loop if f"found the loop {one}. Take one of its wires out of the file." in str(refused.value)
    ]
    assert said and str(refused.value).startswith("The network in this file is damaged: expected wires")


def test_a_long_loop_is_shortened() -> None:
    names = [f"b{i}" for i in range(50)]
    with pytest.raises(FileDamaged, match=r"→ … →") as refused:
        network_from_json(drawn(*zip(names, [*names[1:], names[0]], strict=True)))
    assert len(str(refused.value)) < 250


def test_in_a_project_file(tmp_path: Path) -> None:
    file = tmp_path / "net.loom"
    save_project(Project(network=load_template("digits")), file)
    data = json.loads(file.read_text(encoding="utf-8"))
    wires = data["network"]["wires"]
    last = wires[-1]
    wires.append([last[2], 0, next(w[2] for w in wires if w[0] == "input"), 0])
    wires[:] = [w for w in wires if w[0] != "input"]
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(FileDamaged, match="found the loop"):
        load_project(file)
