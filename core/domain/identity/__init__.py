"""Users, their logins, and the audit log of their accounts."""
