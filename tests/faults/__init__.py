"""What happens when processes and services die: nothing lost, nothing double, and it resumes by itself."""
