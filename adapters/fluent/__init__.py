"""Words for messages, from Project Fluent files, one per language."""
