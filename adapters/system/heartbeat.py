from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)


class ThreadHeartbeat:
    """Beats from a thread of its own, so that the work beside it need not think of it."""

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
