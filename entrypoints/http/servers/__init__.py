"""The servers that run the Flask application."""
