"""The declarations of all steps. No torch."""
