from __future__ import annotations

import time


class ThreadSleeper:
    """Sleeps: a thread, or under gevent a greenlet, waits."""

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)
