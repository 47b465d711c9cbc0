"""Entities, value objects and rules. Standard library only, no input or output."""
