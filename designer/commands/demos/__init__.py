"""The kinds of work that can be shown: one DEMO a file, discovered. What it takes is in the template it names."""
