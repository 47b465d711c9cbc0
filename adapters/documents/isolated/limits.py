"""The limits on time, memory and output of one export."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportLimits:
    """`processes` exports run at once; each has `seconds` of time and may use `memory_bytes` and write
    `output_bytes`.

    Memory is limited by the kernel (RLIMIT_AS). macOS does not enforce that: there only time and output
    are limited.
    """

    processes: int = 2
    seconds: float = 60.0
    memory_bytes: int = 512 * 1024 * 1024
    output_bytes: int = 64 * 1024 * 1024
