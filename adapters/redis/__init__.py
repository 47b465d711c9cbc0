"""Ports on Redis, shared by all processes."""
