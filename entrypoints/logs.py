"""Log formats: JSON lines for machines, readable lines in a terminal."""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

from core.domain.text import with_escaped_controls
from entrypoints.request_id import current_request_id

_JSON_FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s"
_READABLE = "%(asctime)s %(levelname)-7s %(message)s%(known_as)s"


class _WithRequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True


class _ReadableFormatter(logging.Formatter):
    """A formatter with one line per record, except for tracebacks. Client input can neither forge a second
    line nor control the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        request_id = getattr(record, "request_id", None)
        record.known_as = f"  [{request_id}]" if request_id else ""
        return with_escaped_controls(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = record.message.replace("\n", "\\n")
        return super().formatMessage(record)


def set_up_logs(level: str) -> None:
    """Send all logs of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_WithRequestId())
    if sys.stderr.isatty():
        handler.setFormatter(_ReadableFormatter(_READABLE, datefmt="%H:%M:%S"))
    else:
        handler.setFormatter(
            JsonFormatter(
                _JSON_FIELDS,
                rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
                datefmt="%Y-%m-%dT%H:%M:%S%z",
            )
        )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("werkzeug", "huey", "httpx", "httpcore", "pymongo", "groq"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
