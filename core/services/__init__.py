"""Use cases: each module is one family of them. They reach everything outside through `ports`."""
