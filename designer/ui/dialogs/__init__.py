"""Questions and forms."""
