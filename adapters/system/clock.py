from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock in UTC, truncated to whole milliseconds."""

    def now(self) -> datetime:
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
