"""People's own files where code may run: only texts that were trusted, and only what they truly declare.

No torch here; measuring is reached by name, so that the window can ask what is trusted without loading it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from designer.blocks.userclass import UserClass, declared
from designer.codegen.program import CodeFile, Program
from designer.codegen.python import compile_network
from designer.errors import JobError, ShapeError
from designer.graph.infer import Shapes
from designer.graph.measured import UNTRUSTED, Answer, Query, forget, keep, known, query_of
from designer.graph.model import Network
from designer.project.trusted import declared_truly, text_of

__all__ = ["answers", "classes_in", "measure_network", "measured_in", "program_of", "untrusted_answer", "why_untrusted"]


def classes_in(network: Network) -> dict[str, UserClass]:
    """The classes of people's own files in a network, by type."""
    kinds = sorted({node.type for node in network.nodes.values()})
    return {kind: cls for kind in kinds if (cls := declared(kind)) is not None}


def why_untrusted(cls: UserClass) -> str | None:
    """Why a class may not run; None where it may."""
    text = text_of(cls.sha256)
    if text is None:
        return f"Nobody has trusted the text of {cls.file} (SHA-256 {cls.sha256[:12]}…) on this machine"
    if not declared_truly(cls, text):
        return f"The project describes {cls.name} otherwise than {cls.file} does"
    return None


def untrusted_answer(cls: UserClass) -> Answer:
    """What a block says whose code may not run."""
    reason = why_untrusted(cls) or "It was not trusted"
    advice = f"{reason}, so nothing of it is run. Look at the file and decide."
    return Answer(error=ShapeError(f"code that you trust for {cls.name}", f"{cls.file}", advice, UNTRUSTED))


def answers(queries: Iterable[Query], progress: Callable[[int], object] = lambda done: None) -> dict[Query, Answer]:
    """What comes out, measured here and now; what may not run says so. Loads torch where anything may."""
    found: dict[Query, Answer] = {}
    for query in queries:
        cls = declared(query.type)
        if cls is not None and why_untrusted(cls) is not None:
            found[query] = untrusted_answer(cls)
        else:
            measure = importlib.import_module("designer.codegen.measure").measure
            found[query] = cast(Answer, measure(query, _names))
        progress(len(found))
    return found


def _names(cls: UserClass) -> Mapping[str, Any]:
    load_code = importlib.import_module("designer.codegen.module").load_code  # late: it brings torch
    return cast(Mapping[str, Any], vars(load_code(CodeFile(cls.module, cls.sha256, text_of(cls.sha256)))))


def measure_network(network: Network) -> Shapes:
    """The shapes of a network, with all that must be measured for them."""
    forget(lambda query: (cls := declared(query.type)) is not None and why_untrusted(cls) is None and _stale(query))
    shapes = Shapes(network)
    while shapes.wanted:
        names = list(shapes.wanted)
        keep(answers(dict.fromkeys(shapes.wanted.values())))
        shapes.update(names)
    return shapes


def measured_in(network: Network) -> dict[Query, Answer]:
    """All that measuring says about the blocks of a network; what is not known yet is measured."""
    shapes = measure_network(network)
    nodes = [node for node in network.nodes.values() if node.block.measured]
    asked = [query_of(node.type, node.params, shapes.arriving(node.name)) for node in nodes]
    return {query: answer for query in asked if (answer := known(query)) is not None}


def _stale(query: Query) -> bool:
    """Whether the answer was that the code is not trusted."""
    answer = known(query)
    return answer is not None and answer.error is not None and answer.error.code == UNTRUSTED


def program_of(network: Network) -> Program:
    """The network's program with the trusted texts that it imports. Raises NetworkInvalid, or JobError."""
    classes = classes_in(network)
    for cls in classes.values():
        reason = why_untrusted(cls)
        if reason is not None:
            raise JobError(f"{reason}, so it is not run. Look at the file in the window, or pass --trust-code.")
    program = compile_network(
        network,
        shapes=measure_network(network) if any(node.block.measured for node in network.nodes.values()) else None,
    )
    return replace(program, files=tuple(replace(file, text=text_of(file.sha256)) for file in program.files))
