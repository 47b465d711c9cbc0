"""Accounts, logins, passwords, email preferences and the audit log."""
