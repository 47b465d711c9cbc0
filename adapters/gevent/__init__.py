"""Keeping slow computation off gevent's event loop."""
