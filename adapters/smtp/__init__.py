"""Ways out for mail: SMTP servers and relays, a folder of .eml files; and what the relays report back."""
