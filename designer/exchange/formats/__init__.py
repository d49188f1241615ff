"""One declaration per format. Discovered by ``designer.exchange.format.formats``."""
