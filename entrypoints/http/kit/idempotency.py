"""The header `Idempotency-Key`."""

from __future__ import annotations

import hashlib
import re

import marshmallow as ma
from flask import request

from core.domain.jobs.idempotency import IdempotencyKey

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyHeader(ma.Schema):
    key = ma.fields.String(
        data_key="Idempotency-Key",
        validate=ma.validate.Regexp(
            f"^(?:{_KEY.pattern})$", error="Must be 1 to 255 visible ASCII characters."
        ),
        metadata={"description": "Repeating a request with the same key within 24 hours starts one job."},
    )


def idempotency_key(header: dict[str, str]) -> IdempotencyKey | None:
    """The key of the current request with a fingerprint of the request."""
    key = header.get("key")
    if key is None:
        return None
    asked = b"\n".join([request.method.encode(), request.path.encode(), request.get_data()])
    return IdempotencyKey(key, hashlib.sha256(asked).hexdigest())
