"""One class a gesture."""
