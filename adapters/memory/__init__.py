"""Adapters within one process, for the embedded product and for tests."""
