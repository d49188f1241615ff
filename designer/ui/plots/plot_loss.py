"""The loss of every batch, and of the validation samples."""

from designer.ui.plots.declared import Plot, Series

PLOT = Plot(
    "loss",
    "Loss",
    "What training makes small: the loss of every batch (light), smoothed, and on the validation samples (dots).",
    (
        Series("Training", "step", "loss", "cloud", 0),
        Series("Epoch mean", "epoch", "loss", "means", 0, x="epoch"),
        Series("Validation", "validated", "loss", "marks", 1),
    ),
    text=lambda value: f"{value:.4f}" if 1e-3 <= abs(value) < 1e4 else f"{value:.3g}",
    log=True,
    order=10,
)
