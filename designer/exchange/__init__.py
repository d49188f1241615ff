"""One file a foreign format, both directions."""
