"""The emails that belong to a change of a user: posted also if a process dies right after the change."""

from __future__ import annotations

import logging

from core.domain.errors import NotFound, Unavailable
from core.domain.identity.users import PendingEmail, User
from core.services.mail.outbox import OutboxService
from core.services.saving import save_with_retry
from ports.identity import UserRepository

log = logging.getLogger(__name__)


class AccountEmails:
    """The write that changes the user also stores the emails that follow (`User.pending_emails`). They are
    removed from there once they are in the outbox, which takes each of them once."""

    def __init__(self, users: UserRepository, outbox: OutboxService) -> None:
        self._users = users
        self._outbox = outbox

    def post(self, user: User) -> User:
        """Post what is pending; the user as stored afterwards. What fails is left to the sweep."""
        try:
            return self._post(user)
        except (NotFound, Unavailable) as error:
            log.warning("emails of user %s have to wait: %s", user.id, error)
            return user

    def _post(self, user: User) -> User:
        for email in user.pending_emails:
            self._post_one(user, email)

        def load() -> User:
            found = self._users.get(user.id)
            if found is None:
                raise NotFound("user")
            return found

        def without_posted(current: User) -> User:
            return current.without_pending(user.pending_emails)

        return save_with_retry(load, without_posted, self._users.save)

    def _post_one(self, user: User, email: PendingEmail) -> None:
        try:
            message = email.message
        except (KeyError, TypeError, ValueError):
            # Trying again would not help, and would keep the sweep from other users.
            log.exception("an email of user %s cannot be read and is dropped", user.id)
            return
        self._outbox.post(message, user.recipient, cause=email.cause, caused_at=email.caused_at)

    def sweep(self, limit: int = 20) -> int:
        """Post what processes that died have left; for how many users."""
        users = self._users.with_pending_emails(limit)
        return sum(not self.post(user).pending_emails for user in users)
