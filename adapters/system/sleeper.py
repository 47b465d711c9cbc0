from __future__ import annotations

import time


class ThreadSleeper:
    """Lets the current thread sleep, or the greenlet under gevent."""

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)
