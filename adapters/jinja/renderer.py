"""Mails from Jinja templates: a subject, plain text and HTML with inlined CSS for each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.jinja.typed_text import ZERO_WIDTH_SPACE, person_name, without_links
from core.domain.json import JsonObject
from core.domain.mail.emails import EmailKind, RenderedEmail
from core.domain.text import one_line, shortened

MAX_SUBJECT_LENGTH = 120
"""Characters; most clients show fewer."""

_MAX_NAME_LENGTH = 80
_MAX_TEXT_LENGTH = 300
_OPTIONAL: dict[str, Any] = {"unsubscribe_url": None, "failed": False, "error_detail": None}


class JinjaEmailRenderer:
    """A MailRenderer over the templates beside this module, one folder for each kind.

    Every kind needs `full_name` in its context, and may have an `unsubscribe_url`. Beyond that:

    - otp: `otp`, `minutes`
    - password_changed, suspicious_login: `at`, `address`, `device`
    - generation_complete: `role`, `made`, `requested`, `session_url`
    - export_ready: `file_name`, `size_bytes`, `expires_at`, `download_url`
    - template_shared: `template_name`, `shared_by`, `access` (view, edit), `template_url`

    The two job mails take `failed` and `error_detail` for a job that failed; then `made` and `requested`,
    or all that describes the file, may be left out.
    """

    def __init__(self, product_name: str, public_url: str) -> None:
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
        # Media queries cannot be inlined: they stay in a style element of their own.
        self._css = CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)

    def render(self, kind: EmailKind, context: JsonObject) -> RenderedEmail:
        """Raises jinja2.UndefinedError for a missing key, ValueError for a URL that is not a web address."""
        shown = _OPTIONAL | {key: _harmless(key, value) for key, value in context.items()}
        return RenderedEmail(
            subject=self._subject(f"{kind}/subject.txt", shown),
            text=self._render(f"{kind}/body.txt", shown).strip() + "\n",
            html=self._css.inline(self._render(f"{kind}/body.html", shown)),
        )

    def _subject(self, template: str, context: dict[str, Any]) -> str:
        # Nobody makes links of a subject, so it needs no breaks against that.
        line = one_line(self._render(template, context).replace(ZERO_WIDTH_SPACE, ""))
        return shortened(line, MAX_SUBJECT_LENGTH)

    def _render(self, template: str, context: dict[str, Any]) -> str:
        return self._templates.get_template(template).render(context)


def _harmless(key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if key.endswith("_url"):
        return _checked_url(key, value)
    if key in ("full_name", "shared_by"):
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
