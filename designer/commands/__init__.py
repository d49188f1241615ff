"""The command line's jobs: one file a sub-command."""
