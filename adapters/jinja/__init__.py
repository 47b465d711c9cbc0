"""The words of our mails: Jinja templates, their CSS inlined for mail clients."""
