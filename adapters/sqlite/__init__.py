"""The record engine over one SQLite file, or in memory."""
