from __future__ import annotations

import hashlib
from datetime import datetime

from ulid import ULID

_INDEX_BYTES = 2
_HASH_BYTES = 8


class UlidIds:
    """ULIDs (github.com/ulid/spec): 48 bits of milliseconds, then 80 bits."""

    def new(self) -> str:
        return str(ULID())

    def derived(self, seed: str, *, at: datetime, index: int = 0) -> str:
        """The 80 bits are the index and 64 bits of a hash of the seed, so that ids sort by index."""
        milliseconds = int(at.timestamp() * 1000 + 0.5)
        digest = hashlib.sha256(f"{seed}#{index}".encode()).digest()[:_HASH_BYTES]
        return str(
            ULID.from_bytes(milliseconds.to_bytes(6, "big") + index.to_bytes(_INDEX_BYTES, "big") + digest)
        )
