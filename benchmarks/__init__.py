"""Benchmarks that run by hand and in CI, each as `python -m benchmarks.<name>`."""
