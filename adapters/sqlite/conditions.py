"""Conditions and orders as SQL. Names and operators come from the code; values are bound."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

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
    Order,
)
from adapters.sqlite.documents import moment_text
from core.domain.paging import Key


@dataclass(frozen=True, slots=True)
class Sql:
    """A part of a statement, with the values of its placeholders."""

    text: str
    values: tuple[str | int, ...] = ()


def column(field: str) -> str:
    """The SQL of a field, spelled exactly as in the indexes."""
    return "id" if field == "id" else f"doc ->> '$.{field}'"


def where(conditions: Sequence[Condition], order: Order | None = None, after: Key | None = None) -> Sql:
    parts = [_translated(condition) for condition in conditions]
    if order is not None and after is not None:
        parts.append(_following(order, after))
    text = " AND ".join(part.text for part in parts) or "TRUE"
    return Sql(text, tuple(value for part in parts for value in part.values))


def ordering(order: Order) -> str:
    direction = "DESC" if order.descending else "ASC"
    return ", ".join(f"{column(field)} {direction}" for field in order.fields)


def _following(order: Order, key: Key) -> Sql:
    columns = ", ".join(column(field) for field in order.fields)
    operator = "<" if order.descending else ">"
    return Sql(f"({columns}) {operator} ({', '.join('?' * len(key))})", key)


def _translated(condition: Condition) -> Sql:
    match condition:
        case Equal(field, Enum() as word):
            # A literal and not bound: otherwise SQLite cannot see that a partial index applies.
            return Sql(f"{column(field)} = '{word.value}'")
        case Equal(field, value):
            return Sql(f"{column(field)} = ?", (value,))
        case Compare(field, operator, value):
            bound = moment_text(value) if isinstance(value, datetime) else value
            return Sql(f"{column(field)} {operator} ?", (bound,))
        case AnyOf(field, (value,)):
            return Sql(f"{column(field)} = ?", (value,))
        case AnyOf(field, values):
            # One bound value for any number of values: there is no limit, and the statement stays the same.
            return Sql(f"{column(field)} IN (SELECT value FROM json_each(?))", (_json_array(values),))
        case NoneOf(field, values):
            # NULL is neither in a list nor not in it.
            return Sql(
                f"coalesce({column(field)}, '') NOT IN (SELECT value FROM json_each(?))",
                (_json_array(values),),
            )
        case Either(one, other):
            first, second = _translated(one), _translated(other)
            return Sql(f"({first.text} OR {second.text})", (*first.values, *second.values))
        case HasAny(field, values):
            return Sql(
                f"EXISTS (SELECT 1 FROM json_each(doc, '$.{field}') AS element"
                " WHERE element.value IN (SELECT value FROM json_each(?)))",
                (_json_array(values),),
            )
        case IsSet(field):
            return Sql(f"{column(field)} IS NOT NULL")
        case IsUnset(field):
            return Sql(f"{column(field)} IS NULL")


def _json_array(values: Iterable[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)
