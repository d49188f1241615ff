"""What is looked at before a long run: one declared check a file, each a line that is green, amber or red."""
