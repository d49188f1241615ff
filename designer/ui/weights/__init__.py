"""Weights from a file into the drawing: the mapping panel."""
