"""Conversion of documents to records, with the names of faulty fields."""

from __future__ import annotations

from typing import Any, TypeVar

from cattrs import Converter
from cattrs.errors import AttributeValidationNote, BaseValidationError
from cattrs.gen import make_dict_structure_fn

from adapters.records.engine import Document, UnreadableDocument
from core.domain.messages import Message

T = TypeVar("T")


def structured(converter: Converter, document: Document, record_type: type[T]) -> T:
    """Raises UnreadableDocument."""
    try:
        return converter.structure(document, record_type)
    except BaseValidationError as error:
        # "from None": the cause quotes the document's content.
        raise UnreadableDocument(_fields(error)) from None


def _fields(error: BaseValidationError) -> tuple[str, ...]:
    notes = [note for cause in error.exceptions for note in getattr(cause, "__notes__", ())]
    return tuple(note.name for note in notes if isinstance(note, AttributeValidationNote))


def read_messages(converter: Converter) -> None:
    """Let the converter also read messages that earlier releases stored as sentences."""
    structure = make_dict_structure_fn(Message, converter)

    def message(value: Any, _: type[Message]) -> Message:
        if isinstance(value, str) or "detail" in value:
            return Message.from_json(value)
        return structure(value, Message)

    converter.register_structure_hook(Message, message)
