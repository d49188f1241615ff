"""One file a library or format that whole models come from."""
