"""The composition root: from the settings to every use case."""
