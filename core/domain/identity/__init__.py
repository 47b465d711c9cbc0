"""Users, their logins, and the audit log of what happens to an account."""
