"""Email transports (SMTP servers and relays, a folder of .eml files) and delivery reports of relays."""
