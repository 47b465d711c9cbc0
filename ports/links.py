"""Addresses that people follow from an email."""

from __future__ import annotations

from typing import Protocol


class Links(Protocol):
    """Each is an absolute web address."""

    def home(self) -> str: ...

    def session(self, session_id: str) -> str: ...

    def export_download(self, export_id: str) -> str: ...

    def unsubscribe(self, token: str) -> str: ...
