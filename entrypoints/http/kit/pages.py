"""Bare HTML pages for links in emails."""

from __future__ import annotations

from html import escape

from flask import Response

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><body style="font:16px/1.5 system-ui;max-width:32rem;\
margin:4rem auto;padding:0 1rem"><h1>{title}</h1><p>{text}</p>{form}</body></html>"""
_FORM = '<form method="post"><button style="font:inherit;padding:.5rem 1rem">{label}</button></form>'


def bare_page(title: str, text: str, *, button: str = "", status: int = 200) -> Response:
    """A page without scripts. Its button, if there is one, posts to the page's own URL."""
    form = _FORM.format(label=escape(button)) if button else ""
    html = _PAGE.format(title=escape(title), text=escape(text), form=form)
    return Response(html, status, mimetype="text/html")
