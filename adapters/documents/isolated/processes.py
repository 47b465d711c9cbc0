"""Export processes, from the side of the process that wants them."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from adapters.documents.isolated.limits import ExportLimits
from core.domain.errors import Unavailable

_SERVER = "adapters.documents.isolated.server"
_WARM_WRITERS = "adapters.documents.formats:warm_writers"
_CLOSING_SECONDS = 5.0


class ExportProcesses:
    """At most `limits.processes` at once. Safe to use from any thread."""

    def __init__(self, limits: ExportLimits, writers: str = _WARM_WRITERS) -> None:
        """`writers` is the function `module:function` that gives the writers to the processes."""
        self.limits = limits
        self._writers = writers
        self._free = threading.BoundedSemaphore(limits.processes)
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._is_closed = False

    @contextmanager
    def one(self, poll_seconds: float, while_waiting: Callable[[], None]) -> Iterator[Connection]:
        """The connection to a fresh process, which is killed at the end if it has not ended by then.

        While there is none to be had, `while_waiting` is called now and then; what it raises passes through.
        Raises Unavailable.
        """
        while not self._free.acquire(timeout=poll_seconds):
            while_waiting()
        try:
            connection, lifeline = self._begun()
            try:
                yield connection
            finally:
                os.close(lifeline)
                connection.close()
        finally:
            self._free.release()

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._discard()

    def _begun(self) -> tuple[Connection, int]:
        with self._lock:
            try:
                return self._running().fork()
            except ConnectionError:  # somebody has killed the fork server
                self._discard()
                return self._running().fork()

    def _running(self) -> _Server:
        if self._is_closed:
            raise Unavailable("Exports have stopped.")
        if self._server is None:
            self._server = _Server(self.limits, self._writers)
        return self._server

    def _discard(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


class _Server:
    def __init__(self, limits: ExportLimits, writers: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", _SERVER),
                    *(str(theirs.fileno()), pickle.dumps(limits).hex(), writers),
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # Modules are found where this process finds them.
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
                start_new_session=True,
            )
        self._requests = ours

    def fork(self) -> tuple[Connection, int]:
        """The connection to a new process, and what to close for its end. Raises ConnectionError."""
        ours, theirs = socket.socketpair()
        watched, lifeline = os.pipe()
        try:
            socket.send_fds(self._requests, [b"+"], [theirs.fileno(), watched])
        except OSError:
            ours.close()
            os.close(lifeline)
            raise
        finally:
            theirs.close()
            os.close(watched)
        return Connection(ours.detach()), lifeline

    def close(self) -> None:
        self._requests.close()
        try:
            self._process.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
