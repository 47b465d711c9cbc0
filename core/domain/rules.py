"""Rules for values from any source: HTTP, an import or the command line.

A frozen value checks its own fields when it is created, by calling `enforce` in `__post_init__`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from typing import Any, Final, Protocol

from core.domain.error_codes import ErrorCode
from core.domain.errors import Invalid
from core.domain.text import bidi_embedding_in, has_piled_marks, is_blank, non_text_fault


class Unset(Enum):
    """The type of UNSET."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""In a value that holds changes: the field does not change."""


class Rule(Protocol):
    def checked(self, value: Any) -> Any:
        """The value in the form to store. Raises Invalid, which names the fields of wrong parts."""


@dataclass(frozen=True, slots=True)
class TextRule:
    """Text without control characters (except line breaks and tabs), unpaired surrogates and noncharacters.

    Lengths count characters. Unless `is_blank_allowed`, something must be there that is seen.
    A text that `is_line` (a name, a role, a label) has no line breaks, no white space around it, and no
    embeddings, overrides and isolates of direction.
    """

    max_length: int
    is_line: bool = True
    is_blank_allowed: bool = False

    @property
    def length_range(self) -> tuple[int, int]:
        return 0 if self.is_blank_allowed else 1, self.max_length

    def checked(self, value: Any) -> str:
        """The text in composed form (Unicode NFC), trimmed if it is a line. Raises Invalid."""
        if not isinstance(value, str):
            raise Invalid("Not a valid string.")
        # Normalising takes quadratic time in a run of marks, so very long text is refused before that.
        if len(value) > 4 * self.max_length:
            raise Invalid("Is too long.")
        if has_piled_marks(value):
            raise Invalid("Contains too many combining marks in a row.")
        fault = non_text_fault(value)
        if fault is not None:
            raise Invalid(fault)
        text = unicodedata.normalize("NFC", value)
        if self.is_line:
            if len(text.splitlines()) > 1:
                raise Invalid("Must be a single line.")
            text = text.strip()
        if not self.is_blank_allowed and is_blank(text):
            raise Invalid("Must not be empty.")
        embedding = bidi_embedding_in(text) if self.is_line else None
        if embedding is not None:
            raise Invalid(f"Contains the direction control U+{ord(embedding):04X}.")
        _check_length(len(text), *self.length_range)
        return text


@dataclass(frozen=True, slots=True)
class LabelsRule:
    """A list of labels, each checked by the label's rule; the list is then cleaned by `tidied`."""

    label: TextRule
    tidied: Callable[[tuple[str, ...]], tuple[str, ...]]
    max_items: int
    min_items: int = 0

    def checked(self, value: Any) -> tuple[str, ...]:
        """Raises Invalid, whose errors are keyed by the position of a label."""
        if not isinstance(value, list | tuple):
            raise Invalid("Not a valid list.")
        _check_length(len(value), self.min_items, self.max_items)
        labels, errors = [], {}
        for position, label in enumerate(value):
            try:
                labels.append(self.label.checked(label))
            except Invalid as error:
                errors[str(position)] = [error.detail]
        if errors:
            raise _invalid(errors)
        return self.tidied(tuple(labels))


@dataclass(frozen=True, slots=True)
class NumberRule:
    """A whole number in a range, both ends included."""

    minimum: int
    maximum: int

    def checked(self, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Invalid("Not a valid integer.")
        if not self.minimum <= value <= self.maximum:
            raise Invalid(
                f"Must be greater than or equal to {self.minimum} and less than or equal to {self.maximum}."
            )
        return value


@dataclass(frozen=True, slots=True)
class ChoiceRule:
    """A member of an enumeration, or its value."""

    choices: type[StrEnum]
    is_none_allowed: bool = False

    def checked(self, value: Any) -> StrEnum | None:
        if value is None and self.is_none_allowed:
            return None
        try:
            return self.choices(value)
        except ValueError as error:
            raise Invalid(f"Must be one of: {', '.join(self.choices)}.") from error


def enforce(value: object, rules: Mapping[str, Rule]) -> None:
    """Check the fields of a frozen dataclass during its creation and store the checked values.

    A field that is UNSET is not checked. Raises Invalid with the errors of each field, named like
    `topics` or `topics.0`.
    """
    errors: dict[str, list[str]] = {}
    for name, rule in rules.items():
        given = getattr(value, name)
        if given is UNSET:
            continue
        try:
            object.__setattr__(value, name, rule.checked(given))
        except Invalid as error:
            if error.errors:
                errors.update({f"{name}.{part}": messages for part, messages in error.errors.items()})
            else:
                errors[name] = [error.detail]
    if errors:
        raise _invalid(errors)


def given_fields(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, without those that are UNSET."""
    named = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: given for name, given in named.items() if given is not UNSET}


def _check_length(length: int, minimum: int, maximum: int) -> None:
    if not minimum <= length <= maximum:
        raise Invalid(f"Length must be between {minimum} and {maximum}.")


def _invalid(errors: Mapping[str, list[str]]) -> Invalid:
    return Invalid("A value is not valid; see `errors`.", code=ErrorCode.VALIDATION_FAILED, errors=errors)
