"""/problems: a page about each error code. The `type` of a problem is its URL (RFC 9457, section 3.1.1)."""

from __future__ import annotations

from html import escape

from flask import Blueprint, Response, abort

from core.domain.error_codes import ErrorCode

problem_pages = Blueprint("problem_pages", __name__, url_prefix="/problems")

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><body style="font:16px/1.5 system-ui;max-width:42rem;\
margin:4rem auto;padding:0 1rem"><h1>{title}</h1>{content}</body></html>"""


def _page(title: str, content: str) -> Response:
    return Response(_PAGE.format(title=escape(title), content=content), mimetype="text/html")


@problem_pages.get("")
def list_problems() -> Response:
    """All codes with their meaning."""
    entries = [
        f'<dt><a href="/problems/{code}"><code>{code}</code></a></dt><dd>{escape(code.meaning)}</dd>'
        for code in sorted(ErrorCode)
    ]
    return _page("Error codes", f"<dl>{''.join(entries)}</dl>")


@problem_pages.get("/<name>")
def get_problem(name: str) -> Response:
    """The meaning of one code."""
    code = next((code for code in ErrorCode if code == name), None)
    if code is None:
        abort(404)
    back = '<p><a href="/problems">All error codes</a></p>'
    return _page(code, f"<p>{escape(code.meaning)}</p>{back}")
