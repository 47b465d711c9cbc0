"""Conditions on the fields of a document, and orders, in words that every engine translates.

`id` is a field like the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from core.domain.errors import Invalid
from core.domain.paging import Key

Operator = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Equal:
    """A value that is a member of an enum is one of our own words; an engine may rely on that."""

    field: str
    value: str | bool


@dataclass(frozen=True, slots=True)
class Compare:
    field: str
    operator: Operator
    value: str | datetime


@dataclass(frozen=True, slots=True)
class AnyOf:
    field: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Also met where the field is not set."""

    field: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class HasAny:
    """The field is a list, and has any of the values."""

    field: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class IsSet:
    """For a field that holds a moment or nothing."""

    field: str


@dataclass(frozen=True, slots=True)
class IsUnset:
    field: str


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the two is met."""

    one: Condition
    other: Condition


Condition: TypeAlias = Equal | Compare | AnyOf | NoneOf | HasAny | IsSet | IsUnset | Either


@dataclass(frozen=True, slots=True)
class Order:
    """A total order by some fields, the last of which is the id.

    What is paged in this order has text in all of them.
    """

    fields: tuple[str, ...]
    descending: bool = False

    def checked(self, key: Key) -> Key:
        """The key itself. Raises Invalid if it is not one of this order."""
        if len(key) != len(self.fields):
            raise Invalid("The cursor belongs to another list.", code="cursor_invalid")
        return key

    def key(self, document: Mapping[str, Any]) -> Key | None:
        """None if the document lacks one of the fields."""
        if self.missing_in(document):
            return None
        return tuple(document[field] for field in self.fields)

    def missing_in(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        """The fields that the document lacks, and without which it has no place in the order."""
        return tuple(field for field in self.fields if document.get(field) is None)


BY_ID = Order(("id",))
NEWEST_FIRST = Order(("id",), descending=True)
