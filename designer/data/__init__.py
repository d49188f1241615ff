"""Data sets, splits and readers."""
