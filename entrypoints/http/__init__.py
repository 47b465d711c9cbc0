"""The REST API: a Flask application over the use cases."""
