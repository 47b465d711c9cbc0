"""The repositories in one SQLite file, or in memory."""
