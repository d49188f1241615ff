"""Trained networks that stay loaded between jobs, so that the next picture is answered at once."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from torch import nn

from designer.codegen.module import build
from designer.codegen.program import Program
from designer.errors import ProjectError
from designer.exchange.weights import load_weights
from designer.jobs.work import Job
from designer.train.device import choose

__all__ = ["Loaded", "loaded"]

_MOST = 2  # a network and the one that it is compared with


@dataclass(frozen=True)
class Loaded:
    """A network in evaluation mode with its weights, on its device."""

    program: Program
    module: nn.Module
    device: str


_KEPT: OrderedDict[str, Loaded] = OrderedDict()
_TURN: SimpleQueue[None] = SimpleQueue()  # jobs run on threads; who took what lies in it may use what is kept
_TURN.put(None)


@contextmanager
def loaded(job: Job, weights: Path, device: str) -> Iterator[Loaded]:
    """The job's network with these weights, kept from before where both are what they were.

    Nobody else uses it meanwhile. Whoever changes it must put it back. Raises what `load_weights` raises.
    """
    network = job.folder.network()
    try:
        file = weights.stat()
    except OSError as error:
        raise ProjectError(f"The weights in {weights} cannot be read: {error.strerror or error}.") from error
    place = choose(device).name
    facts = [network.to_json() if network is not None else None, str(weights), file.st_mtime_ns, file.st_size, place]
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    _TURN.get()
    try:
        if key not in _KEPT:
            program = job.program()
            module = build(program, None)
            load_weights(module, weights)
            _KEPT[key] = Loaded(program, module.to(place).eval(), place)
            while len(_KEPT) > _MOST:
                _KEPT.popitem(last=False)
        _KEPT.move_to_end(key)
        yield _KEPT[key]
    finally:
        _TURN.put(None)
