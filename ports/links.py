"""Links in emails."""

from __future__ import annotations

from typing import Protocol


class Links(Protocol):
    """Each link is an absolute URL."""

    def home(self) -> str: ...

    def session(self, session_id: str) -> str: ...

    def export_download(self, export_id: str) -> str: ...

    def verify_email(self, token: str) -> str: ...

    def unsubscribe(self, token: str) -> str: ...
