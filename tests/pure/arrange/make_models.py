"""Write models.json.gz: what torchvision's models look like as drawings (run by hand when the list changes).

For each model: the kind of every block, in torch.fx's order, the wires as (from, to, slot), and for some the modules'
paths. An operation lies where it is called.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

MODELS = (
    "alexnet", "vgg19_bn", "squeezenet1_0", "googlenet", "inception_v3", "resnet18", "resnet50", "resnet152",
    "resnext101_32x8d", "densenet121", "densenet201", "mobilenet_v2", "mobilenet_v3_large", "mnasnet1_0",
    "shufflenet_v2_x1_0", "efficientnet_b0", "efficientnet_b7", "efficientnet_v2_s", "regnet_y_3_2gf",
    "convnext_tiny", "vit_b_16", "swin_t",
)  # fmt: skip
NAMED = ("googlenet", "resnet18", "resnet152", "densenet201", "efficientnet_b0", "vgg19_bn")


def names_of(nodes: list[Any]) -> list[str]:
    """The path of each block: that of its module, or of its operation in the module that calls it."""
    found: dict[str, None] = {}
    for node in nodes:
        around = list(node.meta.get("nn_module_stack", {}).values())
        own = str(node.target) if node.op == "call_module" else f"{around[-1][0]}.{node.name}" if around else node.name
        path = own.lstrip(".")
        number = 1
        while path in found:
            number += 1
            path = f"{own}_{number}"
        found[path] = None
    return list(found)


def topology(name: str) -> dict[str, Any]:
    """Blocks and wires of a model; what feeds only constants into an operation is not a block."""
    import torch.fx
    import torchvision

    extra = {"init_weights": False, "aux_logits": False} if name in ("googlenet", "inception_v3") else {}
    model = getattr(torchvision.models, name)(weights=None, **extra)
    nodes = [n for n in torch.fx.symbolic_trace(model.eval()).graph.nodes if n.op != "get_attr"]
    number = {node: i for i, node in enumerate(nodes)}
    kinds = [type(model.get_submodule(n.target)).__name__ if n.op == "call_module" else n.op for n in nodes]
    wires = []
    for node in nodes:
        sources = [n for n in node.all_input_nodes if n in number]
        wires += [[number[source], number[node], slot] for slot, source in enumerate(sources)]
    return {"kinds": kinds, "wires": wires, **({"names": names_of(nodes)} if name in NAMED else {})}


def main() -> None:
    """Write the file."""
    data = json.dumps({name: topology(name) for name in MODELS}, separators=(",", ":")).encode()
    place = Path(__file__).with_name("models.json.gz")
    place.write_bytes(gzip.compress(data, 9, mtime=0))
    print(f"{place.name}: {place.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
