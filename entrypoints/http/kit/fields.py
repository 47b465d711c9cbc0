"""Fields of the request schemas: the shapes of text, labels, flags and times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from core.domain.errors import Invalid
from core.domain.rules import LabelsRule, TextRule
from core.domain.text import has_lone_surrogate
from entrypoints.client_json import rfc3339


class Text(fields.String):
    """Text that obeys a rule of the domain."""

    def __init__(self, rule: TextRule, **options: Any) -> None:
        self._rule = rule
        minimum, maximum = rule.length_range
        super().__init__(validate=validate.Length(min=minimum, max=maximum), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self._rule.checked(text)
        except Invalid as error:
            raise ValidationError(error.detail) from error


class Password(fields.String):
    """A password, which is not normalised or trimmed."""

    def __init__(self, *, min_length: int, max_length: int, **options: Any) -> None:
        super().__init__(validate=validate.Length(min=min_length, max=max_length), load_only=True, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if has_lone_surrogate(text):
            raise ValidationError("Contains an unpaired surrogate.")
        return text


class Bounded(fields.List):
    """A list whose length is checked before its items, so that a huge list is refused quickly.

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
    """Labels that obey a rule of the domain, at most as many as it allows."""

    def __init__(self, rule: LabelsRule, **options: Any) -> None:
        super().__init__(Text(rule.label), min_items=rule.min_items, max_items=rule.max_items, **options)


class Flag(fields.Boolean):
    """true or false; other values that Python treats as equal are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Moment(fields.AwareDateTime):
    """A time in RFC 3339. Without an offset it is UTC. It is written with `Z` and milliseconds."""

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
