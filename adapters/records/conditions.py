"""Conditions on fields and orders of documents, which each engine translates.

`id` is a field like the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from core.domain.error_codes import ErrorCode
from core.domain.errors import Invalid
from core.domain.paging import Key

Operator = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Equal:
    """A value that is an enum member comes from the code, not from a user; an engine may rely on that."""

    field: str
    value: str | bool | int


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
    """The field is a list that contains at least one of the values."""

    field: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class IsSet:
    """For a field that contains a time or nothing."""

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

    For paging, all of them must be text.
    """

    fields: tuple[str, ...]
    descending: bool = False

    def checked(self, key: Key) -> Key:
        """The key itself. Raises Invalid if it does not belong to this order."""
        if len(key) != len(self.fields):
            raise Invalid("The cursor belongs to another list.", code=ErrorCode.CURSOR_INVALID)
        return key

    def key(self, document: Mapping[str, Any]) -> Key | None:
        """The document's key, or None if it lacks one of the fields."""
        if self.missing_in(document):
            return None
        return tuple(document[field] for field in self.fields)

    def missing_in(self, document: Mapping[str, Any]) -> tuple[str, ...]:
        """The fields of the order that the document lacks."""
        return tuple(field for field in self.fields if document.get(field) is None)


BY_ID = Order(("id",))
NEWEST_FIRST = Order(("id",), descending=True)
