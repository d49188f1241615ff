"""One declaration per data source. Discovered by ``designer.data.source.sources``."""
