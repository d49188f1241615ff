"""Exported programs (.pt2): what may be in one, what its operations are called in Python, and its run as a module."""
