"""Clock, ids, randomness and threads of this machine."""
