from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, PyMongoError

from adapters.mongo.indexes import INDEXES
from core.domain.errors import Unavailable

Document = dict[str, Any]

_DEFAULT_NAME = "interview_prep"


class MongoDatabase:
    """A client and one of its databases: the one that the URL names, or `interview_prep`.

    The client connects at the first command. The URL sets the write concern (`w`) and the number of
    connections (`maxPoolSize`). The timeouts are set here, since requests wait for them.
    """

    def __init__(self, url: str, *, name: str | None = None, timeout_seconds: float = 2.0) -> None:
        self.client: MongoClient[Document] = MongoClient(
            url,
            appname="interview-prep",
            connect=False,
            tz_aware=True,
            serverSelectionTimeoutMS=int(timeout_seconds * 1000),
            connectTimeoutMS=int(timeout_seconds * 1000),
            socketTimeoutMS=int(timeout_seconds * 5000),
        )
        self.database: Database[Document] = (
            self.client[name] if name else self.client.get_default_database(_DEFAULT_NAME)
        )

    def create_indexes(self) -> None:
        """Create missing indexes. Raises Unavailable."""
        with unavailable_if_away():
            for collection, models in INDEXES.items():
                self.database[collection].create_indexes([index.model for index in models])

    def ping(self) -> None:
        """Raises Unavailable if no server that accepts writes answers."""
        with unavailable_if_away():
            self.client.admin.command("ping")

    def close(self) -> None:
        self.client.close()


@contextmanager
def unavailable_if_away() -> Iterator[None]:
    """Turn the driver's errors for a missing server or a late answer into Unavailable."""
    try:
        yield
    except PyMongoError as error:
        if isinstance(error, ConnectionFailure) or error.timeout:
            raise Unavailable("The database is unavailable.") from error
        raise
