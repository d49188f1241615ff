"""What each kind of job does, in the worker."""
