"""Rules that values obey however they arrive: over HTTP, from an import or from the command line."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from core.domain.errors import Invalid
from core.domain.text import has_piled_marks, is_blank, non_text_fault


@dataclass(frozen=True, slots=True)
class TextRule:
    """Text without control characters (line breaks and tabs aside), unpaired surrogates and noncharacters.

    The lengths count characters. Unless `is_blank_allowed`, something must be there that is seen.
    A text that `is_line` has no line breaks, and no white space around it.
    """

    max_length: int
    min_length: int = 1
    is_line: bool = True
    is_blank_allowed: bool = False

    @property
    def length_range(self) -> tuple[int, int]:
        return 0 if self.is_blank_allowed else self.min_length, self.max_length

    def checked(self, text: str) -> str:
        """The text in Unicode's composed form (NFC), trimmed if it is a line. Raises Invalid."""
        # To normalise costs the square of a run of marks: what is hopelessly long is not even looked at.
        if len(text) > 4 * self.max_length:
            raise Invalid("Is too long.")
        if has_piled_marks(text):
            raise Invalid("Contains too many combining marks in a row.")
        fault = non_text_fault(text)
        if fault is not None:
            raise Invalid(fault)
        text = unicodedata.normalize("NFC", text)
        if self.is_line:
            if len(text.splitlines()) > 1:
                raise Invalid("Must be a single line.")
            text = text.strip()
        if not self.is_blank_allowed and is_blank(text):
            raise Invalid("Must not be empty.")
        minimum, maximum = self.length_range
        if not minimum <= len(text) <= maximum:
            raise Invalid(f"Length must be between {minimum} and {maximum}.")
        return text
