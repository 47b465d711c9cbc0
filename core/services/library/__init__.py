"""Sessions, questions and exports."""
