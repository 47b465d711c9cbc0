"""Adapters on Redis, shared by all processes."""
