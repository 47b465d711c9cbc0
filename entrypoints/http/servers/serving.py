"""The whole of what a process serves over HTTP: the app, its sockets, behind its proxies."""

from __future__ import annotations

from flask import Flask

from entrypoints.http.access.security_headers import trust_proxies
from entrypoints.http.app import create_app
from entrypoints.http.live.engine import LOGIN_SECONDS
from entrypoints.http.live.sockets import Sockets
from entrypoints.wiring.application import Application


def served_app(
    application: Application,
    async_mode: str,
    *,
    is_sharing_port: bool = False,
    login_seconds: float = LOGIN_SECONDS,
) -> tuple[Flask, Sockets]:
    """`async_mode` is Socket.IO's: `threading`, or `gevent` in a process that is patched for it.

    With `is_sharing_port` a client's next request may come to another process: only WebSockets are served.
    A socket has `login_seconds` to log in.
    """
    app = create_app(application)
    sockets = Sockets(
        app, application, async_mode, is_sharing_port=is_sharing_port, login_seconds=login_seconds
    )
    trust_proxies(app, application.settings)
    sockets.start()
    return app, sockets
