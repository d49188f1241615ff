"""Do gradients reach every block that shall learn?"""

from __future__ import annotations

import torch

from designer.train.preflight.case import Case, named
from designer.train.preflight.declare import check
from designer.train.preflight.finding import Finding, Verdict

__all__: list[str] = []

_STEPS = 3  # a weight may rest at first, where what follows it starts at zero
_RATE = 1e-3


@check("gradients", "Gradients", 50, seconds=3.0, needs=("labels",))
def gradients(case: Case) -> Finding:
    """Every trainable block gets a gradient, and none of them is NaN; frozen blocks are left out."""
    trial = case.trial()
    weights = {name: p for name, p in trial.module.named_parameters() if p.requires_grad}
    trial.learning.groups()  # raises where nothing learns
    optimizer = torch.optim.Adam(weights.values(), lr=_RATE)
    reached: set[str] = set()
    joined: set[str] = set()
    broken: set[str] = set()
    for number in range(_STEPS):
        if number and case.over():
            break
        x, target = case.batch(case.few(32), epoch=number)
        loss = trial.loss(x, target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for name, weight in weights.items():
            block = name.rpartition(".")[0] or name
            if weight.grad is not None:
                joined.add(block)
                if not bool(torch.isfinite(weight.grad).all()):
                    broken.add(block)
                elif bool((weight.grad != 0).any()):
                    reached.add(block)
        if broken:
            break
        optimizer.step()
    blocks = list(dict.fromkeys(name.rpartition(".")[0] or name for name in weights))
    left_out = len(case.objective.heads) < len(case.outputs)  # an output that does not count, as a person may want it
    return _told(blocks, reached, joined, broken, "warning" if left_out else "bad")


def _told(blocks: list[str], reached: set[str], joined: set[str], broken: set[str], apart_is: Verdict) -> Finding:
    if broken:
        bad = [block for block in blocks if block in broken]
        text = f"The gradients of {named(bad)} are no numbers: a root, a logarithm or a quotient of 0 before the loss?"
        return Finding("bad", text, blocks=bad)
    apart = [block for block in blocks if block not in joined]
    dead = [block for block in blocks if block in joined and block not in reached]
    if apart and not (dead and apart_is == "warning"):
        text = f"No gradient reaches {named(apart)}: it has no way to a loss that counts. Wire it up, or freeze it."
        return Finding(apart_is, text, blocks=apart)
    if dead:
        text = f"All gradients of {named(dead)} are 0: what follows lets nothing through, such as a dead ReLU."
        return Finding("bad", text, blocks=dead)
    many = f"all {len(blocks):,} blocks that learn" if len(blocks) > 1 else f"{blocks[0]}, the only block that learns"
    return Finding("good", f"Gradients reach {many}.", figures={"blocks": len(blocks)})
