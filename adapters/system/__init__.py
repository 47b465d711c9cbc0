"""Time, ids, chance and threads, from the machine that we run on."""
