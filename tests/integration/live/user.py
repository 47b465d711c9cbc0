from __future__ import annotations

import itertools
import time
from typing import Any

import jwt

from tests.integration.processes.person import PASSWORD, Person

_numbers = itertools.count(1)


class User(Person):
    """Signed up already, as somebody whom nobody has seen before."""

    def __init__(self, url: str) -> None:
        super().__init__(url, f"user{next(_numbers)}.{time.time_ns()}@example.com")
        self.sign_up()

    @property
    def token(self) -> str:
        return self._client.headers["Authorization"].removeprefix("Bearer ")

    @property
    def claims(self) -> dict[str, Any]:
        """What the token says: `sub` is the user, `sid` the login."""
        found: dict[str, Any] = jwt.decode(self.token, options={"verify_signature": False})
        return found

    @property
    def id(self) -> str:
        return str(self.claims["sub"])

    def another_login(self) -> str:
        """The token of a second login."""
        body = {"email": self.email, "password": PASSWORD}
        return str(self.ask("POST", "/auth/login", 200, json=body)["access_token"])
