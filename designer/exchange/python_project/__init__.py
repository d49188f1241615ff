"""A network, its data and how it is trained as a folder of plain Python that needs nothing of Layerloom."""
