"""Samples that come along: read from a small file, or made by a fixed seed. One module a data set; no torch."""
