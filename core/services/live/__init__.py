"""Notifications and real-time events to connected users."""
