"""Preferences for optional emails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.domain.error_codes import ErrorCode
from core.domain.errors import Malformed, NotFound
from core.domain.identity.users import User
from core.domain.mail.emails import OPTIONAL_EMAILS, EmailKind
from core.services.mail.unsubscribe_links import UnsubscribeLinks
from core.services.saving import save_with_retry
from ports.identity import UserRepository
from ports.system import Clock


class EmailPreferenceService:
    def __init__(self, users: UserRepository, links: UnsubscribeLinks, clock: Clock) -> None:
        self._users = users
        self._links = links
        self._clock = clock

    def preferences(self, user_id: str) -> Mapping[EmailKind, bool]:
        """The user's preference for each kind of email that can be turned off. Raises NotFound."""
        return _preferences(self._user(user_id))

    def set_preferences(self, user_id: str, wanted: Mapping[EmailKind, bool]) -> Mapping[EmailKind, bool]:
        """Change the given preferences. Raises NotFound."""

        def changed(user: User) -> User:
            preferences = {**_preferences(user), **wanted}
            muted = tuple(kind for kind in OPTIONAL_EMAILS if not preferences[kind])
            if muted == user.muted_mail:
                return user
            return replace(user, muted_mail=muted, updated_at=self._clock.now())

        return _preferences(save_with_retry(lambda: self._user(user_id), changed, self._users.save))

    def unsubscribe(self, token: str) -> EmailKind:
        """Turn off the kind of email that the link's token names.

        The link in an email that is sent only once, such as the welcome, turns off all optional kinds.
        Raises Malformed (`unsubscribe_token_invalid`).
        """
        user_id, kind = self._links.read(token)
        unwanted = (kind,) if kind.is_optional else OPTIONAL_EMAILS
        try:
            self.set_preferences(user_id, dict.fromkeys(unwanted, False))
        except NotFound:
            raise Malformed(
                "The link is not valid any more.", code=ErrorCode.UNSUBSCRIBE_TOKEN_INVALID
            ) from None
        return kind

    def _user(self, user_id: str) -> User:
        user = self._users.get(user_id)
        if user is None:
            raise NotFound("user")
        return user


def _preferences(user: User) -> dict[EmailKind, bool]:
    return {kind: kind not in user.muted_mail for kind in OPTIONAL_EMAILS}
