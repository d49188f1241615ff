"""The gallery of pretrained models: a table to choose from, the facts of one, what to open it with."""
