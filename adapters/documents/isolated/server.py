"""The fork server: `python -m adapters.documents.isolated.server SOCKET LIMITS WRITERS`.

SOCKET is the number of a Unix socket. Every byte that comes through it asks for an export process, and brings
two files: the connection to that process, and the end of a pipe whose other end is held for as long as the
process may live. Once that is closed, the process is killed and reaped here and nowhere else, so that its id
cannot have become that of another.
"""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import socket
import sys
from collections.abc import Mapping
from importlib import import_module
from multiprocessing.connection import Connection

from adapters.documents.isolated.export import live
from adapters.documents.isolated.limits import ExportLimits
from core.domain.library.exports import ExportFormat
from ports.library import DocumentWriter


class ForkServer:
    def __init__(
        self, requests: socket.socket, writers: Mapping[ExportFormat, DocumentWriter], limits: ExportLimits
    ) -> None:
        self._requests = requests
        self._writers = writers
        self._limits = limits
        self._exports: dict[int, int] = {}
        """Ids of processes by the pipe that each lives with."""

    def serve(self) -> None:
        """Until the other end of the socket is closed."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fd != self._requests.fileno():
                        selector.unregister(key.fd)
                        self._end(key.fd)
                        continue
                    asked, files, _, _ = socket.recv_fds(self._requests, 1, 2)
                    if not asked:
                        return
                    connection, lifeline = files
                    self._begin(connection, lifeline)
                    selector.register(lifeline, selectors.EVENT_READ)

    def _begin(self, connection: int, lifeline: int) -> None:
        fork_server = os.getpid()
        process = os.fork()
        if process == 0:
            try:
                self._requests.close()
                live(Connection(connection), self._writers, self._limits, fork_server)
            finally:
                os._exit(0)
        os.close(connection)
        self._exports[lifeline] = process

    def _end(self, lifeline: int) -> None:
        process = self._exports.pop(lifeline)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(lifeline)

    def close(self) -> None:
        for lifeline in list(self._exports):
            self._end(lifeline)


def _loaded(name: str) -> dict[ExportFormat, DocumentWriter]:
    """What the function `module:function` returns, by format."""
    module, _, function = name.partition(":")
    return {writer.format: writer for writer in getattr(import_module(module), function)()}


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    requests = socket.socket(fileno=int(sys.argv[1]))
    limits: ExportLimits = pickle.loads(bytes.fromhex(sys.argv[2]))
    server = ForkServer(requests, _loaded(sys.argv[3]), limits)
    # What lives until now stays in memory that all processes share.
    gc.collect()
    gc.freeze()
    try:
        server.serve()
    finally:
        server.close()


if __name__ == "__main__":
    main()
