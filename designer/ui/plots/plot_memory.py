"""The memory that a run takes: of the process, and on a device of its own."""

from designer.graph.words import in_bytes
from designer.ui.plots.declared import Plot, Series

PLOT = Plot(
    "memory",
    "Memory",
    "What the run holds: the memory of its process, and on a graphics card what tensors fill and what is reserved.",
    (
        Series("Process", "machine", "memory", "line", 0),
        Series("Tensors", "machine", "device_memory", "line", 1),
        Series("Reserved", "machine", "device_reserved", "line", 5),
    ),
    text=in_bytes,
    tick=in_bytes,
    shown=False,
    order=50,
)
