"""Emails: what they say, and what became of them."""
