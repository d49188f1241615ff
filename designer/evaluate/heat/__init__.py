"""Where in a picture a network finds its answer."""
