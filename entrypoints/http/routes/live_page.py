"""/live: a page that shows live events. Its source documents the protocol."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

from entrypoints.http.kit.blueprints import application

_FOLDER = Path(__file__).parent.parent / "static"

live_page = Blueprint("live_page", __name__, url_prefix="/live")


@live_page.before_request
def only_where_it_is_wanted() -> None:
    """Answer 404 where the page is off. It is meant for embedded use and for developers."""
    if not application().settings.shows_live_page:
        abort(404)


@live_page.get("")
def page() -> Response:
    return send_from_directory(_FOLDER, "live.html")


@live_page.get("/<path:name>")
def asset(name: str) -> Response:
    return send_from_directory(_FOLDER, name)
