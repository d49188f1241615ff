"""The share of right answers in every batch, and on the validation samples."""

from designer.ui.plots.declared import Plot, Series

PLOT = Plot(
    "accuracy",
    "Accuracy",
    "The share of right answers: in every batch (light), smoothed, and on the validation samples (dots).",
    (
        Series("Training", "step", "accuracy", "cloud", 0),
        Series("Epoch mean", "epoch", "accuracy", "means", 0, x="epoch"),
        Series("Validation", "validated", "accuracy", "marks", 1),
    ),
    text=lambda value: f"{100 * value:.2f} %",
    ceiling=1.0,
    order=20,
)
