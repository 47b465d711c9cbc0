"""Many sockets in one process, controlled by lines on standard input, with answers in JSON.

    open COUNT CONCURRENCY   connect with the next tokens, so many at a time: seconds, and how many failed
    keep COUNT               close all but so many
    forget                   begin to note when events arrive
    seen                     milliseconds from publishing to receipt, of each event since `forget`

The first line is the configuration: `{"host": ..., "port": ..., "tokens": [...]}`. The client implements only
the necessary parts of WebSocket (RFC 6455), Engine.IO 4 and Socket.IO 5, so that it is fast.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
import time
from typing import Any

from benchmarks.open_files import allow_open_files

_PUBLISHED_AT = "published_at"


class Socket(asyncio.Protocol):
    """One connection: handshake, `40{token}`, then events; pings are answered."""

    __slots__ = ("_buffer", "_delays_ms", "_host", "_is_upgraded", "_token", "_transport", "ready")

    def __init__(self, host: str, token: str, delays_ms: list[float]) -> None:
        """Delays of events, from publishing to receipt, are added to `delays_ms`."""
        self._host = host
        self._token = token
        self._delays_ms = delays_ms
        self._buffer = b""
        self._is_upgraded = False
        self._transport: asyncio.Transport | None = None
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            b"Host: " + self._host.encode() + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: " + b"dGhlIHNhbXBsZSBub25jZQ==" + b"\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        arrived_at = time.monotonic()
        self._buffer += data
        if not self._is_upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.close()
                return
            self._is_upgraded = True
            self._buffer = rest
        while (message := self._next_message()) is not None:
            self._handle(message, arrived_at)

    def _next_message(self) -> bytes | None:
        """The payload of the next frame, if it is complete. Frames are never fragmented or masked."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, begin = buffer[1] & 0x7F, 2
        if length == 126:
            if len(buffer) < 4:
                return None
            length, begin = struct.unpack(">H", buffer[2:4])[0], 4
        if len(buffer) < begin + length:
            return None
        self._buffer = buffer[begin + length :]
        return buffer[begin : begin + length]

    def _handle(self, message: bytes, arrived_at: float) -> None:
        if message.startswith(b"0"):
            self._send("40" + json.dumps({"token": self._token}))
        elif message == b"2":
            self._send("3")
        elif message.startswith(b'42["ready"') and not self.ready.done():
            self.ready.set_result(True)
        elif message.startswith(b'42["job.updated"'):
            body = json.loads(message[2:])[1]
            self._delays_ms.append((arrived_at - body["result"][_PUBLISHED_AT]) * 1000)
        elif message.startswith(b"44"):
            self.close()

    def _send(self, text: str) -> None:
        data = text.encode()
        mask = os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        if self._transport is not None:
            self._transport.write(b"\x81" + size + mask + masked)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self.ready.done():
            self.ready.set_result(False)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Load:
    def __init__(self, host: str, port: int, tokens: list[str]) -> None:
        self._host, self._port = host, port
        self._tokens = iter(tokens)
        self._delays_ms: list[float] = []
        self._sockets: list[Socket] = []

    async def obey(self, command: str, *arguments: str) -> dict[str, Any]:
        if command == "open":
            return await self._open(int(arguments[0]), int(arguments[1]))
        if command == "keep":
            kept = int(arguments[0])
            for socket in self._sockets[kept:]:
                socket.close()
            del self._sockets[kept:]
        elif command == "forget":
            self._delays_ms.clear()
        elif command == "seen":
            return {"delays_ms": self._delays_ms}
        return {}

    async def _open(self, count: int, concurrency: int) -> dict[str, Any]:
        turn = asyncio.Semaphore(concurrency)
        failed = 0

        async def connect(token: str) -> None:
            nonlocal failed
            async with turn:
                _, socket = await asyncio.get_running_loop().create_connection(
                    lambda: Socket(f"{self._host}:{self._port}", token, self._delays_ms),
                    self._host,
                    self._port,
                )
                self._sockets.append(socket)
                failed += not await asyncio.wait_for(socket.ready, 60)

        began_at = time.monotonic()
        await asyncio.gather(*(connect(next(self._tokens)) for _ in range(count)))
        return {"seconds": time.monotonic() - began_at, "failed": failed}


async def main() -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    load = Load(**json.loads(await lines.readline()))
    while line := (await lines.readline()).decode().split():
        print(json.dumps(await load.obey(*line)), flush=True)


if __name__ == "__main__":
    allow_open_files()
    asyncio.run(main())
