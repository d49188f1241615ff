"""One module a family of operators; found by looking through this folder once."""
