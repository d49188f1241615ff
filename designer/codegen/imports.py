"""The lines by which a network's text imports classes from people's own files, under names that do not collide."""

from __future__ import annotations

from designer.blocks.spec import Layer
from designer.blocks.written import Origin
from designer.codegen.program import CodeFile

__all__ = ["Imports"]

_AVOID = frozenset({"torch", "nn", "F", "math", "torchvision"})


class Imports:
    """Collects them. ``taken`` are the names of the classes that the text defines; what is imported is added."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._modules: dict[Origin, str] = {}  # as they are imported; two texts of one name are two modules
        self._names: dict[tuple[Origin, str], str] = {}

    def name_of(self, layer: Layer) -> str:
        """What a layer's class is called in the text."""
        origin = layer.origin
        assert origin is not None
        if origin not in self._modules:
            self._modules[origin] = _free(origin.module, set(self._modules.values()))
        key = origin, layer.call
        if key not in self._names:
            name = _free(layer.call, self._taken | _AVOID)
            self._taken.add(name)
            self._names[key] = name
        return self._names[key]

    def lines(self) -> list[str]:
        """A line of imports for each file, behind an empty one."""
        found = []
        for origin, module in sorted(self._modules.items(), key=lambda item: item[1]):
            names = sorted((name, alias) for (own, name), alias in self._names.items() if own == origin)
            told = ", ".join(name if name == alias else f"{name} as {alias}" for name, alias in names)
            found.append(f"from {module} import {told}")
        return ["", *found] if found else []

    def files(self) -> tuple[CodeFile, ...]:
        """The files, as they are imported; their texts are not known here."""
        rows = sorted(self._modules.items(), key=lambda item: item[1])
        return tuple(CodeFile(module, origin.sha256) for origin, module in rows)


def _free(wish: str, taken: set[str] | frozenset[str]) -> str:
    name, number = wish, 2
    while name in taken:
        name, number = f"{wish}_{number}", number + 1
    return name
