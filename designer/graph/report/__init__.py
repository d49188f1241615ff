"""The network report: every block with its shapes, figures and problems, as rows and as files."""
