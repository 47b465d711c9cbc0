from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import AlreadyExists, Invalid, VersionConflict
from core.domain.json import JsonObject
from core.domain.mail.emails import Email, EmailKind, EmailState
from core.domain.paging import PageRequest
from tests.contract.conftest import Storage
from tests.contract.racing import at_once
from tests.contract.records import NOON, a_mail, an_id
from tests.contract.walking import walk

A_SECOND = timedelta(seconds=1)
A_MINUTE = timedelta(minutes=1)

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
json_values = st.none() | st.booleans() | st.integers() | anything | st.lists(anything, max_size=3)


def add(storage: Storage, *mails: Email) -> None:
    for mail in mails:
        storage.mails.add(mail)


def listed(storage: Storage, *states: EmailState) -> list[Email]:
    return list(storage.mails.page(states, PageRequest(100)).items)


def test_it_works(storage: Storage) -> None:
    mail = a_mail(kind=EmailKind.OTP, user_id="ada", sealed_context="sealed")
    storage.mails.add(mail)
    assert storage.mails.get(mail.id) == mail

    sending = storage.mails.save(mail.leased("worker", NOON, A_MINUTE))
    assert sending.version == 2
    assert storage.mails.get(mail.id) == sending

    postponed = storage.mails.save(sending.postponed("451 later", NOON + A_MINUTE, NOON))
    assert storage.mails.get(mail.id) == postponed

    again = storage.mails.save(postponed.leased("worker", NOON + A_MINUTE, A_MINUTE))
    sent = storage.mails.save(again.sent(NOON + A_MINUTE))
    assert storage.mails.get(mail.id) == sent
    assert sent.sealed_context is None


def test_an_unknown_mail_is_none(storage: Storage) -> None:
    assert storage.mails.get("none") is None


def test_of_many_that_one_cause_makes_one_is_kept(storage: Storage) -> None:
    def post(number: int) -> bool:
        try:
            storage.mails.add(a_mail(id=an_id(1), to_name=f"writer {number}"))
        except AlreadyExists:
            return False
        return True

    assert at_once(8, post).count(True) == 1
    assert len(listed(storage)) == 1


def test_a_stale_mail_is_not_saved(storage: Storage) -> None:
    mail = a_mail()
    storage.mails.add(mail)
    sent = storage.mails.save(mail.sent(NOON))

    with pytest.raises(VersionConflict):
        storage.mails.save(mail.leased("worker", NOON, A_MINUTE))
    assert storage.mails.get(mail.id) == sent


def test_of_many_workers_one_gets_the_lease(storage: Storage) -> None:
    mail = a_mail()
    storage.mails.add(mail)

    def lease(number: int) -> bool:
        try:
            storage.mails.save(mail.leased(f"worker {number}", NOON, A_MINUTE))
        except VersionConflict:
            return False
        return True

    assert at_once(8, lease).count(True) == 1


def test_due_are_waiting_and_lost_ones_longest_waiting_first(storage: Storage) -> None:
    just_due = a_mail(run_after=NOON)
    long_due = a_mail(run_after=NOON - 10 * A_MINUTE)
    not_yet = a_mail(run_after=NOON + A_SECOND)
    abandoned = a_mail(run_after=NOON - 20 * A_MINUTE).leased("gone", NOON - 5 * A_MINUTE, A_MINUTE)
    ending_now = a_mail().leased("slow", NOON, timedelta())
    held = a_mail().leased("worker", NOON, A_MINUTE)
    sent = a_mail(run_after=NOON - A_MINUTE).sent(NOON)
    add(storage, just_due, long_due, not_yet, abandoned, ending_now, held, sent)

    due = list(storage.mails.due(NOON, 10))

    assert due == [long_due, abandoned, just_due, ending_now]
    assert all(mail.is_due(NOON) for mail in due)
    assert list(storage.mails.due(NOON, 2)) == [long_due, abandoned]


def test_a_mail_is_due_at_its_new_time_and_once_it_has_left_no_more(storage: Storage) -> None:
    mail = a_mail()
    storage.mails.add(mail)
    sending = storage.mails.save(mail.leased("worker", NOON, A_MINUTE))
    assert list(storage.mails.due(NOON, 10)) == []

    postponed = storage.mails.save(sending.postponed("451 later", NOON + A_SECOND, NOON))
    assert list(storage.mails.due(NOON, 10)) == []
    assert list(storage.mails.due(NOON + A_SECOND, 10)) == [postponed]

    failed = storage.mails.save(postponed.failed("550 unknown", NOON))
    assert list(storage.mails.due(NOON + A_MINUTE, 10)) == []

    requeued = storage.mails.save(failed.requeued(NOON))
    assert list(storage.mails.due(NOON, 10)) == [requeued]


def test_mails_in_any_of_the_states_are_listed_newest_first(storage: Storage) -> None:
    queued, failed = a_mail(), a_mail().failed("550 unknown", NOON)
    sent, also_failed = a_mail(user_id="grace").sent(NOON), a_mail().failed("550 unknown", NOON)
    add(storage, failed, also_failed, sent, queued)

    assert listed(storage) == [also_failed, sent, failed, queued]
    assert listed(storage, EmailState.FAILED) == [also_failed, failed]
    assert listed(storage, EmailState.SENT, EmailState.FAILED) == [also_failed, sent, failed]
    assert listed(storage, EmailState.BOUNCED) == []


def test_the_last_page_has_no_next(storage: Storage) -> None:
    new, old = a_mail(id=an_id(2)), a_mail(id=an_id(1))
    add(storage, new, old)

    first = storage.mails.page([EmailState.QUEUED], PageRequest(1))
    assert first.items == (new,)
    assert first.next_after == (new.id,)
    last = storage.mails.page([EmailState.QUEUED], PageRequest(1, first.next_after))
    assert last.items == (old,)
    assert last.next_after is None


def test_a_key_of_another_list_is_refused(storage: Storage) -> None:
    with pytest.raises(Invalid):
        storage.mails.page((), PageRequest(1, ("1", an_id())))


@settings(settings.get_profile("contract"))
@given(to_name=anything, context=st.dictionaries(anything, json_values, max_size=4))
def test_any_text_and_context_round_trip(storage: Storage, to_name: str, context: JsonObject) -> None:
    mail = a_mail(to_name=f"{to_name} 🎉", context={**context, "$gt": {"a.b": "🎉"}})
    storage.mails.add(mail)
    assert storage.mails.get(mail.id) == mail

    saved = storage.mails.save(replace(mail, last_error=to_name))
    assert storage.mails.get(mail.id) == saved


@settings(settings.get_profile("contract"))
@given(
    states=st.lists(st.sampled_from(EmailState), max_size=8),
    wanted=st.sets(st.sampled_from(EmailState), max_size=3),
    limit=st.integers(1, 4),
    known=st.integers(0, 8),
)
def test_paging_neither_loses_nor_repeats_while_mails_are_added(
    storage: Storage, states: list[EmailState], wanted: set[EmailState], limit: int, known: int
) -> None:
    mails = [a_mail(state=state) for state in states]
    there, coming = mails[:known], mails[known:]
    add(storage, *there)

    def add_one() -> None:
        if coming:
            storage.mails.add(coming.pop())

    seen = walk(lambda request: storage.mails.page(tuple(wanted), request), limit, add_one)

    seen_ids = [mail.id for mail in seen]
    assert seen_ids == sorted(set(seen_ids), reverse=True)
    assert all(mail.state in wanted for mail in seen if wanted)
    assert {mail.id for mail in there if not wanted or mail.state in wanted} <= set(seen_ids)
