"""Files as answers: whole or in part (RFC 9110, section 14), under a name that is safe (RFC 6266)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, request

from core.domain.text import ascii_file_name_stem

_RANGE = re.compile(r"bytes=\s*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))\s*")


@dataclass(frozen=True, slots=True)
class Part:
    """`length` bytes from `start` on, of `size` in all."""

    start: int
    length: int
    size: int
    is_asked_for: bool = False
    """By a range, even if that is the whole."""

    @property
    def is_whole(self) -> bool:
        return self.length == self.size


def asked_part(size: int, etag: str) -> Part | None:
    """What the request wants of a file with that many bytes; None if there is no such part.

    Ranges that are malformed or several, or of a file that is not the same any more, are answered
    with the whole, as the standard wants.
    """
    whole = Part(0, size, size)
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None or request.method != "GET" or not _is_of(etag):
        return whole
    first, last, suffix = asked.groups()
    if suffix is not None:
        start, end = max(size - int(suffix), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return whole
    return Part(start, end - start, size, is_asked_for=True) if start < end else None


def _is_of(etag: str) -> bool:
    """Whether the ranges are meant for this very file, if the client cares."""
    if "If-Range" not in request.headers:
        return True
    return request.headers["If-Range"] == f'"{etag}"'


def file_answer(content: Iterable[bytes], part: Part, media_type: str, file_name: str, etag: str) -> Response:
    """The part of the file, for this user only."""
    response = Response(content, 206 if part.is_asked_for else 200)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Length"] = str(part.length)
    response.headers["Content-Disposition"] = attachment(file_name)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-store"
    response.set_etag(etag)
    if part.is_asked_for:
        last = part.start + part.length - 1
        response.headers["Content-Range"] = f"bytes {part.start}-{last}/{part.size}"
    return response


def attachment(file_name: str) -> str:
    """Content-Disposition with a safe ASCII name, and the real one beside it."""
    stem, _, ending = file_name.rpartition(".")
    plain = ascii_file_name_stem(stem) or "interview questions"
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(file_name, safe='')}"
