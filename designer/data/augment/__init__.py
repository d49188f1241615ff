"""What is done to training samples at random, so that no two epochs see quite the same."""
