"""Servers for tests: those that the environment names, else child processes on free local ports."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pymongo
import redis
from pymongo.errors import PyMongoError

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05
_PORTS_TO_TRY = 5


@contextmanager
def mongo_server() -> Iterator[str]:
    """The URL of a MongoDB: `MONGODB_URI`, else a `mongod` from PATH, else nx-27017, with empty data."""
    given = os.environ.get("MONGODB_URI")
    if given:
        yield given
        return
    with (
        TemporaryDirectory(prefix="mongo-") as folder,
        _running(lambda port: _mongo_command(port, Path(folder)), _mongo_answers) as port,
    ):
        yield f"mongodb://127.0.0.1:{port}"


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of a Redis: `REDIS_URL`, else a `redis-server` from PATH, with empty data."""
    given = os.environ.get("REDIS_URL")
    if given:
        yield given
        return
    with (
        TemporaryDirectory(prefix="redis-") as folder,
        _running(lambda port: _redis_command(port, folder), _redis_answers) as port,
    ):
        yield f"redis://127.0.0.1:{port}/0"


def is_real_mongodb(url: str) -> bool:
    """Whether the server is MongoDB itself, with all that it can do, and not one that speaks its protocol."""
    with pymongo.MongoClient[dict[str, object]](url) as client:
        return "storageEngines" in client.admin.command("buildInfo")


def free_port() -> int:
    """A port that is free on 127.0.0.1 at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _mongo_command(port: int, folder: Path) -> Sequence[str]:
    mongod = shutil.which("mongod")
    if mongod:
        options = ["--dbpath", str(folder), "--bind_ip", "127.0.0.1", "--nounixsocket"]
        return [mongod, "--port", str(port), *options]
    files = ["--log-file", str(folder / "log"), "--pid-file", str(folder / "pid")]
    # "memory" keeps each database apart, and none of them on disk.
    options = ["--data-dir", "memory", "--host", "127.0.0.1", *files]
    return [str(Path(sys.executable).with_name("nx-27017")), "--port", str(port), *options]


def _redis_command(port: int, folder: str) -> Sequence[str]:
    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
    return ["redis-server", "--port", str(port), *options]


def _mongo_answers(port: int) -> bool:
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true&serverSelectionTimeoutMS=1000"
    with suppress(PyMongoError), pymongo.MongoClient[dict[str, object]](url) as client:
        client.admin.command("ping")
        return True
    return False


def _redis_answers(port: int) -> bool:
    with suppress(redis.RedisError), redis.Redis(host="127.0.0.1", port=port, socket_timeout=1) as client:
        client.ping()
        return True
    return False


@contextmanager
def _running(command: Callable[[int], Sequence[str]], answers: Callable[[int], bool]) -> Iterator[int]:
    """The port of a server that is started for the context, and answers."""
    process, port = _started(command, answers)
    try:
        yield port
    finally:
        _stop(process)


def _started(
    command: Callable[[int], Sequence[str]], answers: Callable[[int], bool]
) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(_PORTS_TO_TRY):
        port = free_port()
        arguments = command(port)
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if _is_up(process, port, answers):
            return process, port
        # Somebody else may have taken the port in the meantime.
        _stop(process)
    raise RuntimeError(f"the server does not start: {' '.join(arguments)}")


def _is_up(process: subprocess.Popen[bytes], port: int, answers: Callable[[int], bool]) -> bool:
    for _ in range(int(_START_SECONDS / _POLL_SECONDS)):
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
            return False
        if _accepts(port) and answers(port):
            # Whoever answers could be another server that took the port first.
            return process.poll() is None
    return False


def _accepts(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
