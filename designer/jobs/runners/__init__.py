"""Who starts the processes of a run: this one, torchrun, or a cluster."""
