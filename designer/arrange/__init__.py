"""The arrange engine: where blocks lie and how wires run between them. Plain numbers in, plain numbers out."""
