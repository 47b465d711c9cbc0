"""The private parts of other libraries that we rely on, and those that we replace, with the version in which
they were read. A new version may change any of them without a word: whoever takes it reads them again."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import socketio
from limits.storage import RedisStorage

from adapters.documents.pdf.fonts import font

ROOT = Path(__file__).resolve().parents[2]

READ_IN: Mapping[str, str] = {
    "flask-smorest": "0.47.0",
    "gunicorn": "27.0.1",
    "huey": "3.5.4",
    "limits": "5.8.0",
    "marshmallow": "4.4.0",
    "python-docx": "1.2.0",
    "python-engineio": "4.15.1",
    "python-socketio": "5.18.1",
    "reportlab": "5.1.0",
    "werkzeug": "3.1.9",
    "zxcvbn": "4.5.0",
}


@dataclass(frozen=True, slots=True)
class Part:
    """`path` is `module:name.name`; a function has just these `parameters`. `user` is our module."""

    library: str
    path: str
    user: str
    parameters: str | None = None

    def __str__(self) -> str:
        return self.path

    def read(self) -> Any:
        module, _, names = self.path.partition(":")
        return reduce(getattr, names.split("."), import_module(module))


_SOCKETS, _ENGINE = "entrypoints/http/live/web_sockets.py", "entrypoints/http/live/engine.py"
_GUNICORN, _SMOREST = "entrypoints/http/servers/gunicorn.py", "entrypoints/http/app.py"
_FIELDS = "entrypoints/http/kit/fields.py"
_LIMITS, _SHAPING = "adapters/redis/rate_limiter.py", "adapters/documents/pdf/shaping.py"
_WEB_SOCKET = "engineio.async_drivers._websocket_wsgi:SimpleWebSocketWSGI"

PARTS = (
    Part("python-engineio", f"{_WEB_SOCKET}.__init__", _SOCKETS, "self, handler, server, **kwargs"),
    Part("python-engineio", f"{_WEB_SOCKET}.__call__", _SOCKETS, "self, environ, start_response"),
    Part("python-engineio", f"{_WEB_SOCKET}.close", _SOCKETS, "self"),
    Part("python-engineio", "engineio:Server.handle_request", _ENGINE, "self, environ, start_response"),
    Part("python-engineio", "engineio:Server.disconnect", _ENGINE, "self, sid=None"),
    Part("python-engineio", "engineio:Server.get_session", _ENGINE, "self, sid"),
    Part("python-engineio", "engineio:Server.reason.SERVER_DISCONNECT", _ENGINE),
    Part("python-engineio", "engineio:Server.reason.TRANSPORT_ERROR", _SOCKETS),
    Part(
        "python-engineio",
        "engineio.socket:Socket.close",
        _ENGINE,
        "self, wait=True, abort=False, reason=None",
    ),
    Part("python-socketio", "socketio:Manager.connect", _ENGINE, "self, sid, namespace"),
    Part("python-socketio", "socketio:Manager.disconnect", _ENGINE, "self, sid, namespace, **kwargs"),
    Part("python-socketio", "socketio:Manager.basic_disconnect", _ENGINE, "self, sid, namespace, **kwargs"),
    Part("python-socketio", "socketio:Manager.basic_leave_room", _ENGINE, "self, sid, namespace, room"),
    Part("python-socketio", "socketio:Manager.eio_sid_from_sid", _ENGINE, "self, sid, namespace"),
    Part("python-socketio", "socketio:Manager.sid_from_eio_sid", _ENGINE, "self, eio_sid, namespace"),
    Part("python-socketio", "socketio:Server.reserved_events", _ENGINE),
    Part("python-socketio", "socketio.packet:Packet.decode", _ENGINE, "self, encoded_packet"),
    Part(
        "flask-smorest",
        "flask_smorest:Blueprint._prepare_response_doc",
        "entrypoints/http/kit/blueprints.py",
        "doc, doc_info, *, api, spec, **kwargs",
    ),
    Part("flask-smorest", "flask_smorest:Api._register_responses", _SMOREST, "self"),
    Part("flask-smorest", "flask_smorest:Api._register_pagination_header", _SMOREST, "self"),
    Part("flask-smorest", "flask_smorest:Api._register_error_handlers", _SMOREST, "self"),
    Part(
        "flask-smorest",
        "flask_smorest.utils:deepupdate",
        "entrypoints/http/kit/blueprints.py",
        "original, update",
    ),
    Part("gunicorn", "gunicorn.workers.ggevent:GeventWorker.timeout_ctx", _GUNICORN, "self"),
    Part("gunicorn", "gunicorn.workers.ggevent:GeventWorker.handle_exit", _GUNICORN, "self, sig, frame"),
    Part(
        "huey",
        "huey.consumer:Consumer._set_signal_handlers",
        "entrypoints/worker/consumer.py",
        "self",
    ),
    Part("limits", "limits.storage:RedisStorage.prefixed_key", _LIMITS, "self, key: 'str'"),
    Part("marshmallow", "marshmallow.fields:List._deserialize", _FIELDS, "self, value, attr, data, **kwargs"),
    Part("reportlab", "reportlab:rl_config.useA85", "adapters/documents/pdf/writer.py"),
    Part("reportlab", "reportlab.pdfbase.ttfonts:ShapedStr", _SHAPING),
    Part("reportlab", "reportlab.pdfbase.ttfonts:shapeStr", _SHAPING, "s, fontName, fontSize, force=False"),
    Part("python-docx", "docx.section:_Footer._element", "adapters/documents/docx/writer.py"),
    Part("werkzeug", "werkzeug.serving:WSGIRequestHandler.make_environ", _SOCKETS, "self"),
    Part("zxcvbn", "zxcvbn.frequency_lists:FREQUENCY_LISTS", "adapters/zxcvbn/common_passwords.py"),
)

_OUR_OWN = frozenset({"_exit", "_introduce", "_value_"})
"""Private names that are no library's: `os._exit` and an enum's `_value_` are documented, and a class method
may use its own class."""


@pytest.mark.parametrize("library", sorted(READ_IN))
def test_the_version_that_was_read_is_the_one_installed(library: str) -> None:
    parts = [f"{part.path}, used in {part.user}" for part in PARTS if part.library == library]

    assert version(library) == READ_IN[library], (
        f"Read these parts of {library} {version(library)} again, and then write that version into READ_IN:\n"
        + "\n".join(parts)
    )


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_each_private_part_is_there_and_has_its_shape(part: Part) -> None:
    assert part.library in READ_IN
    assert (ROOT / part.user).exists()
    found = part.read()

    if part.parameters is not None:
        signature = inspect.signature(found)
        assert str(signature.replace(return_annotation=inspect.Signature.empty)) == f"({part.parameters})"


def test_engine_io_keeps_what_we_replace_where_we_replace_it() -> None:
    engine = socketio.Server(async_mode="threading").eio

    assert callable(engine._async["websocket"])
    assert callable(engine.handlers["message"])
    assert engine.sockets == {}


def test_the_manager_of_socket_io_keeps_its_books_as_we_forget_clients() -> None:
    manager = socketio.Manager()

    assert isinstance(manager.callbacks, dict)
    assert isinstance(manager.pending_disconnect, dict)
    assert hasattr(manager, "pending_connect")


def test_limits_has_its_windows_in_two_scripts_of_redis() -> None:
    storage = RedisStorage("redis://127.0.0.1:1")

    for script in (storage.lua_acquire_moving_window, storage.lua_moving_window):
        assert b"redis.call" in script.script
        assert len(script.sha) == 40


def test_a_font_of_reportlab_maps_code_points_to_glyphs_and_widths() -> None:
    face = font("NotoSans-Regular").face

    assert face.charToGlyph[ord("a")] != face.charToGlyph[ord("b")]
    assert face.charWidths[ord("a")] > 0


def test_leaked_passwords_are_ordered_by_how_common_they_are() -> None:
    passwords = Part("zxcvbn", "zxcvbn.frequency_lists:FREQUENCY_LISTS", "").read()["passwords"]

    assert "password" in passwords[:3]
    assert len(passwords) > 10_000


def test_no_other_private_part_is_used() -> None:
    listed = " ".join(part.path for part in PARTS) + " ._async"
    used = {
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("core", "ports", "adapters", "entrypoints")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in private_names(ast.parse(path.read_text("utf-8")))
        if name not in listed
    }

    assert used == set(), "Add these to PARTS, or do without them."


def private_names(module: ast.Module) -> Iterator[str]:
    """Names with an underscore that are read from, or written to, anything but `self`, and imported ones."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            is_own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not is_own and node.attr not in _OUR_OWN:
                yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (part for part in node.module.split(".") if _is_private(part) and part != "__future__")
            yield from (alias.name for alias in node.names if _is_private(alias.name))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")
