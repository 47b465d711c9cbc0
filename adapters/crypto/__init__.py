"""Password hashes (bcrypt) and tokens (JWT, HMAC)."""
