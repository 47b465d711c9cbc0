"""Emails: their contents, recipients and delivery."""
