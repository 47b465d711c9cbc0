"""gunicorn, told by the settings rather than by a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from entrypoints.settings import Settings


class GunicornServer(BaseApplication):  # type: ignore[misc]
    """Each worker process builds its own app, after the fork: no connection is ever shared."""

    def __init__(self, make_app: Callable[[], Flask], settings: Settings, workers: int) -> None:
        self._make_app = make_app
        self._settings = settings
        self._workers = workers
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "workers": self._workers,
            "worker_class": "gevent",
            "worker_connections": 10_000,
            "keepalive": 30,
            "graceful_timeout": int(self._settings.shutdown_grace.total_seconds()),
            "loglevel": "warning",
            "proc_name": "interview-prep-api",
            "limit_request_line": 8190,
            "limit_request_field_size": 16_380,
            "control_socket_disable": True,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()
