"""The ports, each implemented on one technology per folder."""
