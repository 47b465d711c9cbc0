"""Entrypoints: HTTP, the worker and the command line, with settings and wiring."""
