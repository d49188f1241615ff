"""Of all metrics a training dialog offers those that the network's output has."""

from __future__ import annotations

from designer.codegen.python import compile_network
from designer.errors import LayerloomError
from designer.graph.model import Network
from designer.train.metrics import METRICS
from designer.train.parts import LOSSES
from designer.ui.form import Form

__all__ = ["offer_suited_metrics"]

_FIELDS = ("metrics", "best_by", "early_stop", "plateau_on")


def offer_suited_metrics(form: Form, network: Network) -> None:
    """Leave out what cannot be measured at the output that counts most; all stay where the network is not complete."""
    try:
        outputs = [output for output in compile_network(network).outputs if output.loss in LOSSES]
    except LayerloomError:
        return
    if outputs:
        main = max(outputs, key=lambda output: output.weight)
        target = LOSSES[main.loss].target
        unsuited = {metric.name for metric in METRICS.values() if metric.misfit(target, main.classes)}
        for name in _FIELDS:
            form.editor(name).leave_out(unsuited)
