"""Heavy work as plain-data specs in, run folders out."""
