"""How the blocks of a network fare while it trains: figures, histograms, feature maps, and the first bad number."""
