"""Looking into what a trained network does: pictures that it is shown, and where in them it sees its answer."""
