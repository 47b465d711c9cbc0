"""Conditional requests (RFC 9110, section 13) over the versions of the domain's records."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Response, make_response, request

from core.domain.errors import PreconditionFailed

_ETAG = re.compile(r"v([1-9][0-9]{0,17})(-.*)?")


def with_etag(body: Any, version: int, also: object = None) -> Response:
    """The response with an ETag, or 304 if the client already has it.

    `also` represents data in the response beyond the record of that version. Raises PreconditionFailed if a
    GET has an If-Match that does not match.
    """
    response = make_response(body)
    response.set_etag(f"v{version}" if also is None else f"v{version}-{also}")
    response.make_conditional(request)
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        raise PreconditionFailed
    return response


def expected_version(present: Callable[[], int]) -> int | None:
    """The version that If-Match requires, or None if there is no condition. Raises PreconditionFailed.

    If there are several versions, one match is enough (RFC 9110, section 13.1.1): the result is the
    `present` version of the record if it is among them. A weak ETag never matches.

    Only the record's own version counts; other data in the response does not prevent a change.
    """
    condition = request.if_match
    if not condition or condition.star_tag:
        return None
    matches = [_ETAG.fullmatch(tag or "") for tag in condition.as_set()]
    versions = {int(match[1]) for match in matches if match is not None}
    if not versions:
        raise PreconditionFailed
    if len(versions) == 1:
        return versions.pop()
    version = present()
    if version not in versions:
        raise PreconditionFailed
    return version
