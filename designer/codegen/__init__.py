"""Network to Python text to torch module."""
