"""What organisations asked and owe, by day and service: facts are counted, each once."""
