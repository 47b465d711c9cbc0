"""The API on gunicorn, in one process with nothing beside it: arguments are a folder and a port.

Its clients have much less time than in production.
"""

# ruff: noqa: E402 - everything else is imported after the patching

from gevent import monkey

monkey.patch_all()

import sys
from pathlib import Path

from flask import Flask

from adapters.system.clock import SystemClock
from entrypoints.http.live.sockets import Sockets
from entrypoints.http.servers.gunicorn import GunicornServer
from entrypoints.http.servers.serving import served_app
from tests.building import application_in_memory, settings_in_memory
from tests.fakes import ScriptedGenerator
from tests.integration.http.slow_sending import LIMITS

if __name__ == "__main__":
    folder, port = Path(sys.argv[1]), int(sys.argv[2])

    def make_app() -> tuple[Flask, Sockets]:
        return served_app(application_in_memory(folder, SystemClock(), [ScriptedGenerator()]), "gevent")

    GunicornServer(make_app, settings_in_memory(folder, port=port), 1, LIMITS).run()
