"""Notifications and real-time events."""
