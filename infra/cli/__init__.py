"""The command line: `guichet`."""
