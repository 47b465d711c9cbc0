"""Access control: login, CSRF, rate limits, client addresses, security headers."""
