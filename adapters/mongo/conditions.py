"""Conditions and orders as MongoDB filters. Each value stands behind an explicit operator, so that it is
compared and never interpreted as an operator itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from pymongo import ASCENDING, DESCENDING

from adapters.records.conditions import (
    AnyOf,
    Compare,
    Condition,
    Either,
    Equal,
    HasAny,
    IsSet,
    IsUnset,
    NoneOf,
    Operator,
    Order,
)
from core.domain.paging import Key

Filter = dict[str, Any]

_OPERATORS: dict[Operator, str] = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


def where(conditions: Sequence[Condition], order: Order | None = None, after: Key | None = None) -> Filter:
    filters = [_translated(condition) for condition in conditions]
    if order is not None and after is not None:
        filters.append(following(order, after))
    return _all_of(filters)


def ordering(order: Order) -> list[tuple[str, int]]:
    return [(field, DESCENDING if order.descending else ASCENDING) for field in order.fields]


def following(order: Order, key: Key) -> Filter:
    """The filter for documents after the key."""
    beyond = "$lt" if order.descending else "$gt"
    if len(key) == 1:
        return {order.fields[0]: {beyond: key[0]}}
    fields = list(zip(order.fields, key, strict=True))
    branches = []
    for position, (field, value) in enumerate(fields):
        equal: list[Filter] = [{earlier: {"$eq": known}} for earlier, known in fields[:position]]
        branches.append(_all_of([*equal, {field: {beyond: value}}]))
    # The first filter is implied by the others. It bounds the index scan.
    return _all_of([{order.fields[0]: {f"{beyond}e": key[0]}}, {"$or": branches}])


def _translated(condition: Condition) -> Filter:
    match condition:
        case Equal(field, value):
            return {_path(field): {"$eq": value.value if isinstance(value, Enum) else value}}
        case Compare(field, operator, value):
            return {field: {_OPERATORS[operator]: value}}
        case AnyOf(field, values) | HasAny(field, values):
            return {_path(field): {"$in": [str(value) for value in values]}}
        case NoneOf(field, values):
            return {_path(field): {"$nin": [str(value) for value in values]}}
        case Either(one, other):
            return {"$or": [_translated(one), _translated(other)]}
        case IsSet(field):
            # Unlike `$ne`, a range reads only one part of an index.
            return {field: {"$gte": _BEFORE_ALL}}
        case IsUnset(field):
            return {field: {"$eq": None}}


def _path(field: str) -> str:
    """Equality uses `_id`; ranges and orders use the `id` beside it (see `indexes`)."""
    return "_id" if field == "id" else field


def _all_of(filters: Sequence[Filter]) -> Filter:
    if len(filters) < 2:
        return filters[0] if filters else {}
    return {"$and": list(filters)}
