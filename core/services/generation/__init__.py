"""Writing and regenerating questions."""
