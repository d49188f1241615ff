"""What a training leaves beside its events for other programs to read: one file a format."""
