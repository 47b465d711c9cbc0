"""What is known of passwords that people choose, from the zxcvbn project."""
