"""Texts of messages, from Project Fluent files, one per language."""
