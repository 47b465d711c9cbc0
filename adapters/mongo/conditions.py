"""Conditions on a document's fields. Each value stands behind an operator of ours, so that it is
compared whatever it looks like, and never read as an operator itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

Condition = Mapping[str, Any]

Operator = Literal["$eq", "$lt", "$lte", "$gt", "$gte"]

_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


def compare(name: str, operator: Operator, value: str | bool | int | datetime) -> Condition:
    return {name: {operator: value}}


def is_set(name: str) -> Condition:
    """For fields that hold a moment or nothing. A range, unlike `$ne`, reads only one part of an index."""
    return {name: {"$gte": _BEFORE_ALL}}


def is_unset(name: str) -> Condition:
    return {name: {"$eq": None}}


def any_of(name: str, values: Iterable[str]) -> Condition:
    """For a field that is a list: whether it has any of the values."""
    return {name: {"$in": [str(value) for value in values]}}


def none_of(name: str, values: Iterable[str]) -> Condition:
    return {name: {"$nin": [str(value) for value in values]}}


def all_of(conditions: Iterable[Condition]) -> Condition:
    listed = list(conditions)
    if len(listed) < 2:
        return listed[0] if listed else {}
    return {"$and": listed}
