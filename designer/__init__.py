"""Layerloom: design, train, understand and export neural networks in one window."""

__version__ = "0.1.0"
