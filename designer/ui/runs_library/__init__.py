"""The window's run library: find, compare, name and reopen trainings."""
