"""The repositories and the file store in MongoDB."""
