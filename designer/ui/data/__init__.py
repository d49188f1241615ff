"""The Data panel: what the project trains on, seen before it is trained on."""
