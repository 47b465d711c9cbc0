"""Emails from Jinja templates, with CSS inlined for email clients."""
