"""One small converter per torch layer and function; each file is found by looking through this folder."""
