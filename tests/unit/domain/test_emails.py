from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.leases import LeaseLost
from core.domain.mail.emails import Email, EmailKind

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
A_MINUTE = timedelta(minutes=1)
EMAIL = Email("1", EmailKind.WELCOME, "ada@example.org", "Ada", {}, NOON, NOON)


def test_a_waiting_email_is_due_when_its_time_has_come() -> None:
    email = replace(EMAIL, run_after=NOON + A_SECOND)

    assert email.due_at == NOON + A_SECOND
    assert not email.is_due(NOON)
    assert email.is_due(NOON + A_SECOND)
    with pytest.raises(LeaseLost):
        email.leased("worker", NOON, A_MINUTE)


def test_an_email_being_sent_is_due_when_its_lease_ends() -> None:
    email = EMAIL.leased("worker", NOON, A_MINUTE)

    assert email.due_at == NOON + A_MINUTE
    assert not email.is_due(NOON + A_MINUTE - A_SECOND)
    assert email.is_due(NOON + A_MINUTE)
    assert replace(email, lease=None).due_at is None


@pytest.mark.parametrize("email", [EMAIL.sent(NOON), EMAIL.failed("no such address", NOON)])
def test_an_email_that_needs_no_sending_is_never_due(email: Email) -> None:
    assert email.due_at is None
    assert not email.is_due(NOON + timedelta(days=365))
