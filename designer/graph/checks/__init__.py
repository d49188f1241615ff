"""What can be wrong with a drawing: one function a mistake, found by looking through this folder once."""
