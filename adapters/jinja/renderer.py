"""Rendering of emails: subject, plain text and HTML with inlined CSS for each kind."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.jinja.typed_text import ZERO_WIDTH_SPACE, person_name, without_links
from core.domain.mail.emails import RenderedEmail
from core.domain.mail.messages import EmailMessage
from core.domain.messages import Message
from core.domain.text import one_line, shortened
from ports.messages import MessageCatalogue

MAX_SUBJECT_LENGTH = 120
"""In characters. Most clients show fewer."""

_MAX_NAME_LENGTH = 80
_MAX_TEXT_LENGTH = 300


class JinjaEmailRenderer:
    """An EmailRenderer over the templates beside this module, one folder per kind of email.

    A template sees the fields of the message, `full_name`, `unsubscribe_url`, and `failed` with
    `error_detail` where the message has an error.
    """

    def __init__(self, product_name: str, public_url: str, catalogue: MessageCatalogue) -> None:
        self._catalogue = catalogue
        folder = Path(__file__).with_name("templates")
        self._templates = Environment(
            loader=FileSystemLoader(folder),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters["size"] = _size
        self._templates.globals.update(
            product_name=product_name,
            product_initials="".join(word[0] for word in product_name.split()[:2]).upper(),
            public_url=_checked_url("public_url", public_url),
        )
        # Media queries cannot be inlined, so they stay in a separate style element.
        self._css = CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)

    def render(self, message: EmailMessage, full_name: str, unsubscribe_url: str | None) -> RenderedEmail:
        """Raises ValueError for a URL that is not a web address."""
        shown = {each.name: self._shown(each.name, getattr(message, each.name)) for each in fields(message)}
        error = getattr(message, "error", None)
        shown |= {
            "full_name": person_name(full_name, _MAX_NAME_LENGTH),
            "unsubscribe_url": unsubscribe_url and _checked_url("unsubscribe_url", unsubscribe_url),
            "failed": error is not None,
            "error_detail": shown.pop("error", None),
        }
        return RenderedEmail(
            subject=self._subject(f"{message.kind}/subject.txt", shown),
            text=self._render(f"{message.kind}/body.txt", shown).strip() + "\n",
            html=self._css.inline(self._render(f"{message.kind}/body.html", shown)),
        )

    def _shown(self, name: str, value: object) -> object:
        """The value as a template may show it: times and messages as text, user input without links."""
        if isinstance(value, datetime):
            return f"{value:%-d %B %Y, %H:%M} UTC"
        if isinstance(value, Message):
            value = self._catalogue.text(value)
        return _harmless(name, value) if isinstance(value, str) else value

    def _subject(self, template: str, context: dict[str, Any]) -> str:
        # Clients do not turn text in a subject into links, so it needs no breaks.
        line = one_line(self._render(template, context).replace(ZERO_WIDTH_SPACE, ""))
        return shortened(line, MAX_SUBJECT_LENGTH)

    def _render(self, template: str, context: dict[str, Any]) -> str:
        return self._templates.get_template(template).render(context)


def _harmless(key: str, value: str) -> str:
    if key.endswith("_url"):
        return _checked_url(key, value)
    if key == "shared_by":
        return person_name(value, _MAX_NAME_LENGTH)
    return without_links(shortened(one_line(value), _MAX_TEXT_LENGTH))


def _checked_url(key: str, url: str) -> str:
    is_plain = url.isprintable() and not set(url) & set(" <>\"'\\")
    if not is_plain or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ValueError(f"{key} is not a web address.")
    return url


def _size(size_bytes: int) -> str:
    if size_bytes < 1000:
        return f"{size_bytes} bytes"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1000:.0f} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"
