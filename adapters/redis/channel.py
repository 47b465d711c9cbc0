from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from redis.client import PubSub

from adapters.redis.client import connect
from core.domain.live.events import CloseSockets, LiveEvent
from ports.live import LiveMessage

log = logging.getLogger(__name__)

_PUBLISH_TIMEOUT_SECONDS = 0.25
_PUBLISH_AGAIN_SECONDS = 2.0
_POLL_SECONDS = 0.5
_PING_SECONDS = 5.0
_SILENCE_SECONDS = 15.0
_FIRST_DELAY_SECONDS = 0.05
_MAX_DELAY_SECONDS = 1.0
_SUBSCRIBE_SECONDS = 1.0


class RedisEventChannel:
    """Delivers events as JSON over one Redis Pub/Sub channel to all processes that listen.

    After a failure to publish, events are dropped for two seconds, so that an outage does not cost a
    timeout per event. Each listener has its own thread and connection.
    """

    def __init__(self, url: str, *, name: str = "interview-prep:live") -> None:
        self._url = url
        self._name = name
        self._publisher = connect(url, timeout_seconds=_PUBLISH_TIMEOUT_SECONDS)
        self._dropping_until = float("-inf")

    def publish(self, message: LiveMessage) -> None:
        if time.monotonic() < self._dropping_until:
            return
        try:
            self._publisher.publish(self._name, _encoded(message))
        except redis.RedisError as error:
            self._dropping_until = time.monotonic() + _PUBLISH_AGAIN_SECONDS
            log.warning("live events are dropped for a moment: Redis is unavailable: %s", error)
        except (TypeError, ValueError, RecursionError):
            log.exception("a live event cannot be written as JSON: %r", type(message).__name__)

    def listen(self, receive: Callable[[LiveMessage], Any]) -> Callable[[], None]:
        """Return when the listener is connected, or when it cannot be connected for now."""
        listener = _Listener(connect(self._url), self._name, receive)
        listener.start()
        return listener.end


class _Listener:
    def __init__(self, client: redis.Redis, name: str, receive: Callable[[LiveMessage], Any]) -> None:
        self._client = client
        self._name = name
        self._receive = receive
        self._has_tried = threading.Event()
        self._is_ended = threading.Event()
        self._is_unavailable = False
        self._delay = _FIRST_DELAY_SECONDS

    def start(self) -> None:
        threading.Thread(target=self._stay_connected, name="live events", daemon=True).start()
        self._has_tried.wait(_SUBSCRIBE_SECONDS)

    def end(self) -> None:
        """Deliver nothing from now on; the thread ends within half a second."""
        self._is_ended.set()

    def _stay_connected(self) -> None:
        while not self._is_ended.is_set():
            try:
                with PubSub(self._client.connection_pool) as subscription:
                    subscription.subscribe(self._name)
                    self._deliver(subscription)
            except Exception as error:
                # Catch everything: the listener reconnects after any failure.
                if not self._is_unavailable and not self._is_ended.is_set():
                    log.warning("live events are not received: Redis is unavailable: %r", error)
                self._is_unavailable = True
            self._has_tried.set()
            self._is_ended.wait(self._delay)
            self._delay = min(_MAX_DELAY_SECONDS, 2 * self._delay)
        self._client.close()

    def _deliver(self, subscription: PubSub) -> None:
        heard_at = pinged_at = time.monotonic()
        while not self._is_ended.is_set():
            message = subscription.get_message(timeout=_POLL_SECONDS)
            now = time.monotonic()
            if message is not None:
                heard_at = now
                self._handle(message)
            elif now > heard_at + _SILENCE_SECONDS:
                # A connection that the network has dropped would stay silent permanently.
                raise redis.ConnectionError("Redis does not answer.")
            elif now > max(heard_at, pinged_at) + _PING_SECONDS:
                pinged_at = now
                subscription.ping()

    def _handle(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            if self._is_unavailable:
                log.info("live events are received again")
            self._is_unavailable = False
            self._delay = _FIRST_DELAY_SECONDS
            self._has_tried.set()
        elif message["type"] == "message" and not self._is_ended.is_set():
            self._hand_over(message["data"])

    def _hand_over(self, data: bytes) -> None:
        try:
            message = _decoded(data)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            log.warning("a malformed live event is ignored: %r", error)
            return
        try:
            self._receive(message)
        except Exception:
            # Catch everything: one event that fails must not stop the delivery of later ones.
            log.exception("a live event could not be delivered: %s", type(message).__name__)


_CLOSE_SOCKETS = "close_sockets"


def _encoded(message: LiveMessage) -> str:
    if isinstance(message, CloseSockets):
        body: dict[str, Any] = {
            "control": _CLOSE_SOCKETS,
            "user_id": message.user_id,
            "login_ids": message.login_ids,
        }
    else:
        body = {"user_id": message.user_id, "name": message.name, "payload": dict(message.payload)}
    return json.dumps(body)


def _decoded(data: bytes) -> LiveMessage:
    """Raises KeyError, TypeError, ValueError or RecursionError if this is not a valid message."""
    body = json.loads(data)
    user_id = body["user_id"]
    if not isinstance(user_id, str):
        raise TypeError("user_id is text")
    if "control" in body:
        login_ids = body["login_ids"]
        if body["control"] != _CLOSE_SOCKETS or not all(isinstance(each, str) for each in login_ids):
            raise ValueError("a control message of an unknown kind")
        return CloseSockets(user_id, tuple(login_ids))
    name, payload = body["name"], body["payload"]
    if not (isinstance(name, str) and isinstance(payload, dict)):
        raise TypeError("name is text, payload is an object")
    return LiveEvent(user_id, name, payload)
