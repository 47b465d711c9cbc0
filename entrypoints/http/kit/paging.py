"""Cursors: the signed key of the last item of a page. An edited cursor is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request
from itsdangerous import BadData, URLSafeSerializer

from core.domain.error_codes import ErrorCode
from core.domain.errors import Invalid
from core.domain.paging import Key, Page, PageRequest
from entrypoints.http.access.current_user import user_id

T = TypeVar("T")


def sign_cursors(app: Flask, keys: tuple[str, ...]) -> None:
    """Set the keys for cursors. Of several keys the first signs and all verify."""
    app.extensions["cursor_keys"] = list(reversed(keys))


def _signer() -> URLSafeSerializer:
    """A signer bound to the user, the list and its filters, so that a cursor is valid only for these."""
    asked = [
        (name, value) for name, value in request.args.items(multi=True) if name not in ("cursor", "limit")
    ]
    scope = hashlib.sha256(repr((user_id(), request.path, sorted(asked))).encode()).hexdigest()
    return URLSafeSerializer(current_app.extensions["cursor_keys"], salt=f"cursor:{scope}")


def page_request(query: Mapping[str, Any]) -> PageRequest:
    """Raises Invalid (`cursor_invalid`)."""
    cursor = query.get("cursor")
    if cursor is None:
        return PageRequest(query["limit"])
    try:
        key: Key = tuple(_signer().loads(cursor))
    except BadData:
        raise Invalid(
            "The cursor does not belong to this list. Send next_cursor unchanged, with the same filters.",
            code=ErrorCode.CURSOR_INVALID,
            errors={"cursor": ["Not a cursor of this list."]},
        ) from None
    return PageRequest(query["limit"], key)


def page_body(page: Page[T], shown: Callable[[T], Any] = lambda item: item) -> dict[str, Any]:
    """The body of a list. Its answer also gets a link to the next page (RFC 8288)."""
    cursor = None if page.next_after is None else str(_signer().dumps(list(page.next_after)))
    if cursor is not None:
        arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
        g.next_page = f"{request.path}?{urlencode([*arguments, ('cursor', cursor)])}"
    return {"items": [shown(item) for item in page.items], "next_cursor": cursor}


def link_pages(app: Flask) -> None:
    """Link every page of a list to the next one, relative to the host."""

    @app.after_request
    def link(response: Response) -> Response:
        if "next_page" in g:
            response.headers["Link"] = f'<{g.next_page}>; rel="next"'
        return response
