"""Fields of the request schemas: what text, labels and numbers may be at the edge."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from entrypoints.client_json import rfc3339

_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_NOT_TEXT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{_NONCHARACTERS}]")
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe0e\ufe0f\uffa0")
"""Letters, marks and symbols, by their category, of which nothing is seen."""


_PILED_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{65}"
)


class Text(fields.String):
    """Text without control characters (line breaks and tabs aside), unpaired surrogates and
    noncharacters, in NFC.

    `max_length` counts characters. Unless `is_blank_allowed`, something must be there that is seen.
    A `is_line` has no line breaks, and no white space around it.
    """

    def __init__(
        self,
        *,
        max_length: int,
        min_length: int = 1,
        is_line: bool = True,
        is_blank_allowed: bool = False,
        **options: Any,
    ) -> None:
        self._max_raw_length = 4 * max_length
        self._is_line = is_line
        self._is_blank_allowed = is_blank_allowed
        minimum = 0 if is_blank_allowed else min_length
        super().__init__(validate=validate.Length(min=minimum, max=max_length), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        # To normalise costs the square of a run of marks: what is hopelessly long is not even looked at.
        if len(text) > self._max_raw_length:
            raise ValidationError("Is too long.")
        if _PILED_MARKS.search(text):
            raise ValidationError("Contains too many combining marks in a row.")
        refuse_non_text(text)
        text = unicodedata.normalize("NFC", text)
        if self._is_line:
            if len(text.splitlines()) > 1:
                raise ValidationError("Must be a single line.")
            text = text.strip()
        if not self._is_blank_allowed and not any(map(_is_visible, text)):
            raise ValidationError("Must not be empty.")
        return text


class Password(fields.String):
    """A password is taken as it is, to the last character."""

    def __init__(self, *, min_length: int, max_length: int, **options: Any) -> None:
        super().__init__(validate=validate.Length(min=min_length, max=max_length), load_only=True, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ValidationError("Contains an unpaired surrogate.")
        return text


class Bounded(fields.List):
    """A list whose length is checked before hundreds of thousands of items are looked at one by one.

    It is loaded as a tuple.
    """

    def __init__(
        self, item: fields.Field[Any], *, min_items: int = 0, max_items: int, **options: Any
    ) -> None:
        self._check_length = validate.Length(min=min_items, max=max_items)
        super().__init__(item, validate=self._check_length, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, list):
            self._check_length(value)
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class Labels(Bounded):
    """A list of short labels."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(Text(max_length=max_length), **options)


class Flag(fields.Boolean):
    """true or false, and nothing that is merely equal to one of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Moment(fields.AwareDateTime):
    """RFC 3339; a time without an offset is UTC. Written with `Z` and milliseconds."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", default_timezone=UTC, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        try:
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return rfc3339(value)


def refuse_non_text(text: str) -> None:
    """Raises ValidationError for what no text contains and no store could keep."""
    found = _NOT_TEXT.search(text)
    if found is None:
        return
    character = found.group()
    if "\ud800" <= character <= "\udfff":
        raise ValidationError("Contains an unpaired surrogate.")
    kind = "control character" if character < "\ud800" else "noncharacter"
    raise ValidationError(f"Contains the {kind} U+{ord(character):04X}.")


def _is_visible(character: str) -> bool:
    """White space, and what only tells how others are to be shown, is not."""
    return unicodedata.category(character)[0] not in "ZC" and character not in _BLANKS
