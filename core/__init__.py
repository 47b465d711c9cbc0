"""The core: domain and use cases, independent of any technology."""
