from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from ports.live import LiveMessage

log = logging.getLogger(__name__)


class MemoryEventChannel:
    """Delivers events within this process, with one queue and one thread per listener.

    A slow listener does not delay others. If more than `max_waiting` events wait for it, the oldest are
    dropped.
    """

    def __init__(self, max_waiting: int = 10_000) -> None:
        self._max_waiting = max_waiting
        self._listeners: tuple[_Listener, ...] = ()
        self._lock = threading.Lock()

    def publish(self, message: LiveMessage) -> None:
        for listener in self._listeners:
            listener.offer(message)

    def listen(self, receive: Callable[[LiveMessage], Any]) -> Callable[[], None]:
        listener = _Listener(receive, self._max_waiting)
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(other for other in self._listeners if other is not listener)
            listener.end()

        return end


class _Listener:
    def __init__(self, receive: Callable[[LiveMessage], Any], max_waiting: int) -> None:
        self._receive = receive
        self._waiting: deque[LiveMessage] = deque(maxlen=max_waiting)
        self._changed = threading.Condition()
        self._is_ended = False
        self._is_losing = False
        threading.Thread(target=self._dispatch, name="live events", daemon=True).start()

    def offer(self, message: LiveMessage) -> None:
        with self._changed:
            is_full = len(self._waiting) == self._waiting.maxlen
            is_news = is_full and not self._is_losing
            self._is_losing = is_full
            self._waiting.append(message)
            self._changed.notify()
        if is_news:
            log.warning("live events are dropped: the listener is too slow")

    def end(self) -> None:
        with self._changed:
            self._is_ended = True
            self._changed.notify()

    def _dispatch(self) -> None:
        while (message := self._next()) is not None:
            try:
                self._receive(message)
            except Exception:
                # Catch everything: one event that fails must not stop the delivery of later ones.
                log.exception("a live event could not be delivered: %s", type(message).__name__)

    def _next(self) -> LiveMessage | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_ended)
            return None if self._is_ended else self._waiting.popleft()
