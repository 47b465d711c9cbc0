"""The account of a mailbox, in whichever spelling its address is given."""

from __future__ import annotations

from core.domain.identity.users import User
from core.domain.mail.addresses import email_key, known_email_keys
from ports.identity import UserRepository


def user_of_mailbox(users: UserRepository, email: str) -> User | None:
    """The user with that mailbox. Accounts that an earlier release has stored are found as well.

    An earlier release took a few different domains for one (those with a sharp s), so the address is
    compared as well.
    """
    for key in known_email_keys(email):
        user = users.by_email_key(key)
        if user is not None and email_key(user.email) == email_key(email):
            return user
    return None
