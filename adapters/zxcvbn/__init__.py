"""Common passwords from the zxcvbn project."""
