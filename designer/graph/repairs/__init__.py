"""How mistakes are mended: one function a repair, found by looking through this folder once."""
