"""Which channels of a network depend on each other, found by walking from its inputs to its outputs. No numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from designer.blocks.dims import Tensor
from designer.blocks.footprint import aligned
from designer.blocks.spec import Params
from designer.graph.links import alike
from designer.graph.model import Network, Node
from designer.graph.surgery.spaces import Layout, Run, Size, Spaces

if TYPE_CHECKING:
    from designer.graph.infer import Shapes

__all__ = ["Channels", "Step"]

_ALIKE = ("add", "subtract", "multiply", "divide", "pow", "maximum", "minimum", "average")


class Step:
    """A block that is being looked at: what arrives, where its channels lie, and what its weights are called."""

    def __init__(self, node: Node, owner: str, inputs: Sequence[Tensor], layouts: Sequence[Layout | None]) -> None:
        self.node, self.owner, self.inputs, self.layouts = node, owner, inputs, layouts
        self.params: Params = node.block.bind(node.params)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The channels of the first input."""
        layout = self.layouts[0] if self.layouts else None
        return layout.runs if layout is not None else ()


class Channels:
    """The spaces of a network; ``made`` and ``read`` tell those that a layer makes and reads."""

    def __init__(self, network: Network, shapes: Shapes) -> None:
        from designer.graph.surgery.rules import RULES  # they are written in terms of this class

        self.network, self.shapes, self.spaces = network, shapes, Spaces()
        self.made: dict[str, Layout] = {}  # by the owner of the layer
        self.read: dict[str, Layout] = {}
        self._rules = RULES
        self._values: dict[tuple[str, int], Layout | None] = {}
        for name in network.order():
            self._visit(name)
        self._join_instances()

    def _visit(self, name: str) -> None:
        node, known = self.network[name], self.shapes[name]
        wires = self.network.inputs_of(name)
        layouts = [self._values.get((w.src, w.out)) for w in wires]
        if not known.complete:
            for layout in layouts:
                if layout is not None:
                    self.spaces.fix(layout.runs, f"the sizes at {name} are not known")
            return
        inputs = [t for _, t in sorted(known.inputs.items()) if t is not None]
        step = Step(node, self.network.owner(name), inputs, layouts)
        outputs = [t for t in known.outputs if t is not None]
        for index, layout in enumerate(self._outputs(step, outputs)):
            self._values[name, index] = layout

    def _outputs(self, step: Step, outputs: Sequence[Tensor]) -> Sequence[Layout | None]:
        node, spaces = step.node, self.spaces
        if node.block.role == "output":
            spaces.fix(step.runs, f"{node.name} takes exactly so many: they are what the network gives")
            return ()
        if node.block.role == "input":
            size = outputs[0].dims[1] if outputs[0].rank > 1 else None
            why = f"they are the data of {node.name}"
            return (Layout(1, (Run(spaces.new(size, why)),)) if isinstance(size, int) else None,)
        rule = self._rules.get(node.type)
        if rule is not None:
            return (rule(self, step, outputs[0]),)
        if node.type in _ALIKE:
            return (self._alike(step, outputs[0]),)
        if self.shapes[step.owner].cost.params or node.block.measured or node.type == "operation":
            return self.stop(step, f"{node.name} ({node.block.title}) reads them in a way that cannot be followed")
        return [self._through(step, out) for out in outputs]

    def stop(self, step: Step, why: str) -> tuple[None, ...]:
        """What arrives cannot change, and what comes out belongs to nothing that could."""
        for layout in step.layouts:
            if layout is not None:
                self.spaces.fix(layout.runs, why)
        return (None,) * len(step.node.outputs)

    def _through(self, step: Step, out: Tensor) -> Layout | None:
        """A block without weights: its reach says whether channels stay apart, and where they lie afterwards."""
        node, found = step.node, None
        for index, (layout, tensor) in enumerate(zip(step.layouts, step.inputs, strict=True)):
            if layout is None:
                continue
            reach = node.block.reach(step.params, tensor) if node.block.reach else aligned(tensor, out)
            window = reach[layout.axis]
            same = window is not None and (window.extent, window.step, window.first) == (1, 1, 0) and not window.folded
            if window is None or not same or not 0 <= window.to < out.rank:
                whole = f"{node.name} ({node.block.title})"
                if not (index and node.type == "resize_like"):  # of that input only the size is looked at
                    self.spaces.fix(layout.runs, f"{whole} mixes or moves them")
                continue
            if out.dims[window.to] != tensor.dims[layout.axis]:
                self.spaces.fix(layout.runs, f"{node.name} ({node.block.title}) takes only some of them")
                continue
            here = Layout(window.to, layout.runs)
            if found is None:
                found = here
            elif not (index and node.type == "resize_like"):
                self.spaces.equal(found, here, f"{node.name} joins them in another order")
        return found

    def _alike(self, step: Step, out: Tensor) -> Layout | None:
        """Inputs that are joined number by number; what has the size 1 along the channels is stretched."""
        found: Layout | None = None
        loose: list[int] = []  # axes, counted in the output, that an input without channels fills
        for layout, tensor in zip(step.layouts, step.inputs, strict=True):
            shift = out.rank - tensor.rank
            if layout is None:
                loose += [axis + shift for axis, dim in enumerate(tensor.dims) if dim != 1]
                continue
            if tensor.dims[layout.axis] == 1 and out.dims[layout.axis + shift] != 1:
                continue
            here = Layout(layout.axis + shift, layout.runs)
            if found is None:
                found = here
            else:
                self.spaces.equal(found, here, f"{step.node.name} joins them with channels of another order")
        if found is not None and found.axis in loose:
            self.spaces.fix(found.runs, f"{step.node.name} joins them with something whose size is fixed")
        return found

    # --- for the rules -----------------------------------------------------------------------------------------

    def first_call(self, step: Step) -> bool:
        """Whether the layer is met for the first time; a further call of it has the same channels."""
        return step.owner not in self.made and step.owner not in self.read

    def reads(self, step: Step, layout: Layout) -> None:
        """A layer reads these channels; all its calls read the same ones."""
        known = self.read.setdefault(step.owner, layout)
        if known is not layout:
            self.spaces.equal(known, layout, f"the shared layer of {step.owner} reads them in another order")

    def makes(self, step: Step, size: int, param: str, axis: int) -> Layout:
        """A layer makes channels; all its calls make the same ones."""
        known = self.made.get(step.owner)
        if known is None:
            space = self.spaces.new(size)
            self.spaces[space].owners.append(step.owner)
            known = self.made[step.owner] = Layout(axis, (Run(space),))
            self.spaces.sizes.append(Size(step.owner, param, known.runs))
        return Layout(axis, known.runs)

    def _join_instances(self) -> None:
        """Linked groups stay equal, so the layers of their instances change together."""
        if not any(len(paths) > 1 for paths in self.network.links.values()):
            return
        for owner, layout in list(self.made.items()):
            for twin in alike(self.network, (owner,)):
                other = self.made.get(twin)
                if other is not None:
                    self.spaces.equal(layout, other, f"{owner} and {twin} are instances of one group")
