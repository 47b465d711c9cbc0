"""Who may call: login, CSRF, rate limits, addresses, security headers."""
