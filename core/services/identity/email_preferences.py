"""Which mail a user wants: preferences, and links that turn a kind off with one click (RFC 8058)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.domain.errors import Malformed, NotFound
from core.domain.identity.users import User
from core.domain.mail.emails import OPTIONAL_EMAILS, EmailKind
from core.services.saving import save_with_retry
from ports.cryptography import Vault
from ports.identity import UserRepository
from ports.system import Clock

_PURPOSE = "unsubscribe"


class EmailPreferenceService:
    """`link_base` is the address of the route that takes the token."""

    def __init__(self, users: UserRepository, vault: Vault, clock: Clock, link_base: str) -> None:
        self._users = users
        self._vault = vault
        self._clock = clock
        self._link_base = link_base

    def link(self, user_id: str, kind: EmailKind) -> str:
        """Good for ever, for this user and this kind only."""
        return f"{self._link_base}?token={self._vault.sign(_PURPOSE, f'{user_id} {kind}')}"

    def unsubscribe(self, token: str) -> EmailKind:
        """Turn off what the token stands for; a kind that comes once only stands for all that may come.

        Raises Malformed (`unsubscribe_token_invalid`).
        """
        signed = self._vault.verified(_PURPOSE, token)
        if signed is None:
            raise Malformed("The link is not valid.", code="unsubscribe_token_invalid")
        user_id, name = signed.split(" ")
        kind = EmailKind(name)
        unwanted = (kind,) if kind.is_optional else OPTIONAL_EMAILS
        try:
            self.set_preferences(user_id, dict.fromkeys(unwanted, False))
        except NotFound:
            raise Malformed("The link is not valid any more.", code="unsubscribe_token_invalid") from None
        return kind

    def preferences(self, user_id: str) -> Mapping[EmailKind, bool]:
        """Whether the user wants each kind that is not security mail. Raises NotFound."""
        return _wishes(self._user(user_id))

    def set_preferences(self, user_id: str, wishes: Mapping[EmailKind, bool]) -> Mapping[EmailKind, bool]:
        """Change the named ones. Raises NotFound."""

        def changed(user: User) -> User:
            wanted = {**_wishes(user), **wishes}
            muted = tuple(kind for kind in OPTIONAL_EMAILS if not wanted[kind])
            if muted == user.muted_mail:
                return user
            return replace(user, muted_mail=muted, updated_at=self._clock.now())

        return _wishes(save_with_retry(lambda: self._user(user_id), changed, self._users.save))

    def _user(self, user_id: str) -> User:
        user = self._users.get(user_id)
        if user is None:
            raise NotFound("user")
        return user


def _wishes(user: User) -> dict[EmailKind, bool]:
    return {kind: kind not in user.muted_mail for kind in OPTIONAL_EMAILS}
