"""The use cases: each module is one family of them, speaking to the world through `ports`."""
