"""The network being drawn."""
