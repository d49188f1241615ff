"""Any torch module as a drawing: it is run once on the meta device, where nothing is computed, and written down."""
