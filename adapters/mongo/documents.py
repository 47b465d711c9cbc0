"""Records as BSON documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from cattrs.preconf.bson import make_converter

from adapters.records.engine import Document
from adapters.records.structuring import read_messages, structured
from core.domain.json import JsonObject

T = TypeVar("T")

_converter = make_converter()


def _moment(value: datetime, _: type[datetime]) -> datetime:
    return value.astimezone(UTC)


def _json_text(value: JsonObject) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _json_object(text: str, _: object) -> JsonObject:
    value: JsonObject = json.loads(text)
    return value


def _is_json_object(hint: object) -> bool:
    return hint == JsonObject


# JSON objects are stored as text. Their keys may start with a dollar sign, contain dots or be empty, and
# their numbers may exceed 64 bits, which BSON does not allow everywhere. No query reads them.
_converter.register_unstructure_hook_func(_is_json_object, _json_text)
_converter.register_structure_hook_func(_is_json_object, _json_object)
_converter.register_structure_hook(datetime, _moment)
read_messages(_converter)


def to_document(record: object, derived: Mapping[str, object]) -> Document:
    document: Document = _converter.unstructure(record)
    return {**document, **derived}


def to_record(document: Document, record_type: type[T]) -> T:
    return structured(_converter, document, record_type)
