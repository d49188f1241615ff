"""What can be shown on the cards of the canvas as colour and figure: one file an overlay, found by itself."""
