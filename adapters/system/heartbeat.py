from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)


class ThreadHeartbeat:
    """A heartbeat in a separate thread, independent of the work."""

    @contextmanager
    def every(self, interval_seconds: float, beat: Callable[[], None]) -> Iterator[None]:
        stopped = threading.Event()

        def keep_beating() -> None:
            while not stopped.wait(interval_seconds):
                try:
                    beat()
                except Exception:  # one missed beat must not be the last
                    log.exception("heartbeat failed")

        thread = threading.Thread(target=keep_beating, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join(timeout=interval_seconds)
