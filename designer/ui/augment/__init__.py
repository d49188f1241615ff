"""The augmentation as a list that is edited, with a live preview of what the network will see."""
