"""Conditions on a document's fields. Names and operators are ours, values are always bound."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from adapters.sqlite.documents import moment_text

Operator = Literal["=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Condition:
    sql: str
    values: tuple[str | int, ...] = ()


def column(name: str) -> str:
    """The SQL of a field, spelled exactly as the indexes spell it."""
    return "id" if name == "id" else f"doc ->> '$.{name}'"


def compare(name: str, operator: Operator, value: str | bool | datetime) -> Condition:
    bound = moment_text(value) if isinstance(value, datetime) else value
    return Condition(f"{column(name)} {operator} ?", (bound,))


def is_set(name: str) -> Condition:
    return Condition(f"{column(name)} IS NOT NULL")


def is_unset(name: str) -> Condition:
    return Condition(f"{column(name)} IS NULL")


def any_of(name: str, values: Iterable[str]) -> Condition:
    """One bound value however many there are: no limit is met, and the statement stays the same."""
    several = tuple(values)
    if len(several) == 1:
        return compare(name, "=", several[0])
    return Condition(f"{column(name)} IN (SELECT value FROM json_each(?))", (_json_array(several),))


def none_of(name: str, values: Iterable[str]) -> Condition:
    return Condition(f"{column(name)} NOT IN (SELECT value FROM json_each(?))", (_json_array(values),))


def has_any(name: str, values: Iterable[str]) -> Condition:
    """Whether the field, a list, has any of the values."""
    return Condition(
        f"EXISTS (SELECT 1 FROM json_each(doc, '$.{name}') AS element"
        " WHERE element.value IN (SELECT value FROM json_each(?)))",
        (_json_array(values),),
    )


def _json_array(values: Iterable[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)
