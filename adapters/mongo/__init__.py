"""The record engine and the file store in MongoDB."""
