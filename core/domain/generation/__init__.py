"""Writing questions: what is asked for, and when two questions are the same."""
