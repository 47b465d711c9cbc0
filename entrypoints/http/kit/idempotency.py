"""The header `Idempotency-Key`, and `Idempotency-Replayed` in the answer."""

from __future__ import annotations

import hashlib
import re

import marshmallow as ma
from flask import Flask, Response, g, request

from core.domain.jobs.idempotency import IdempotencyKey

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
REPLAYED_HEADER = "Idempotency-Replayed"


class IdempotencyHeader(ma.Schema):
    key = ma.fields.String(
        data_key="Idempotency-Key",
        validate=ma.validate.Regexp(
            f"^(?:{_KEY.pattern})$", error="Must be 1 to 255 visible ASCII characters."
        ),
        metadata={
            "description": "The same key with the same request creates or starts something once, for 24 "
            f"hours: a repeated request gets what the first one made, with `{REPLAYED_HEADER}: true`.",
            "example": "4f1c2d3e-order-66",
        },
    )


def idempotency_key(header: dict[str, str]) -> IdempotencyKey | None:
    """The key of the present request, bound to all that it asks for."""
    key = header.get("key")
    if key is None:
        return None
    asked = b"\n".join([request.method.encode(), request.path.encode(), request.get_data()])
    return IdempotencyKey(key, hashlib.sha256(asked).hexdigest(), _note_replay)


def _note_replay() -> None:
    g.is_replayed = True


def tell_replays(app: Flask) -> None:
    """Mark answers that a repeated request gets."""

    @app.after_request
    def tell(response: Response) -> Response:
        if g.get("is_replayed", False):
            response.headers[REPLAYED_HEADER] = "true"
        return response
