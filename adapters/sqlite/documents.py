"""Records as JSON documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

from adapters.records.engine import Document
from adapters.records.structuring import read_messages, structured
from core.domain.json import JsonObject

T = TypeVar("T")

_converter = make_converter()


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, of constant length, so that text order is time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _moment(text: str, _: type[datetime]) -> datetime:
    return datetime.fromisoformat(text)


def _as_is(value: JsonObject, _: object = None) -> JsonObject:
    return value


def _is_json_object(hint: object) -> bool:
    return hint == JsonObject


_converter.register_unstructure_hook(datetime, moment_text)
_converter.register_structure_hook(datetime, _moment)
_converter.register_unstructure_hook_func(_is_json_object, _as_is)
_converter.register_structure_hook_func(_is_json_object, _as_is)
read_messages(_converter)


def to_document(record: object, derived: Mapping[str, object]) -> Document:
    document: Document = _converter.unstructure(record)
    return document | _converter.unstructure(dict(derived))


def to_record(document: Document, record_type: type[T]) -> T:
    return structured(_converter, document, record_type)


def to_text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
