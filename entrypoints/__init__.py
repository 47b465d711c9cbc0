"""Where the world comes in: HTTP, the worker and the command line, and what wires them."""
