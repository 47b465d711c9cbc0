"""The queue of jobs, on Huey."""
