"""What a block is: declarations."""
