"""The drawing as a picture: what is in it, how large it is, and how it becomes PNG, SVG or PDF."""
