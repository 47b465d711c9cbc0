"""What the product is about: its domain and its use cases, free of any technology."""
