"""The composition root, which builds every use case from the settings."""
