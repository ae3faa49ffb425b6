"""The command line: its words, its exit codes, its one line for whatever is wrong."""
