"""The outbox, sending, and delivery reports."""
