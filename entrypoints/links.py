"""Links to the API for emails."""

from __future__ import annotations

API_PREFIX = "/api/v1"
VERIFY_EMAIL_PATH = "/verify-email"


class ApiLinks:
    """Links below the public URL of the installation."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    def home(self) -> str:
        return self._public_url

    def session(self, session_id: str) -> str:
        return f"{self._public_url}{API_PREFIX}/sessions/{session_id}"

    def export_download(self, export_id: str) -> str:
        return f"{self._public_url}{API_PREFIX}/exports/{export_id}/download"

    def verify_email(self, token: str) -> str:
        return f"{self._public_url}{VERIFY_EMAIL_PATH}?token={token}"

    def unsubscribe(self, token: str) -> str:
        return f"{self._public_url}{API_PREFIX}/mail/unsubscribe?token={token}"
