"""File downloads with range requests (RFC 9110, section 14) and safe file names (RFC 6266)."""

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
    """`length` bytes from `start`, of a file of `size` bytes."""

    start: int
    length: int
    size: int
    is_asked_for: bool = False
    """Whether the request has a range, even if that is the whole file."""

    @property
    def is_whole(self) -> bool:
        return self.length == self.size


def asked_part(size: int, etag: str) -> Part | None:
    """The requested part of a file of that size in bytes, or None if the file has no such part.

    If the range is malformed, if there are several, or if If-Range does not match, it is the whole file, as
    the standard requires.
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
    """Whether the request has no If-Range, or one that matches this file."""
    if "If-Range" not in request.headers:
        return True
    return request.headers["If-Range"] == f'"{etag}"'


def file_answer(content: Iterable[bytes], part: Part, media_type: str, file_name: str, etag: str) -> Response:
    """The response with the part of the file, which only this user may cache."""
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
    """The value of Content-Disposition with a safe ASCII name and the real name."""
    stem, _, ending = file_name.rpartition(".")
    plain = ascii_file_name_stem(stem) or "interview questions"
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(file_name, safe='')}"
