"""What the steps compute, on whole batches. torch."""
