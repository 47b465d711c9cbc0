from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import AlreadyExists, Invalid
from core.domain.identity.audit import Origin, Outcome, SecurityAction, SecurityEvent
from core.domain.paging import PageRequest
from tests.contract.conftest import Storage
from tests.contract.records import a_security_event, an_id
from tests.contract.walking import walk

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def events_of(storage: Storage, user_id: str) -> tuple[SecurityEvent, ...]:
    return storage.security_events.page(user_id, PageRequest(100)).items


def test_it_works(storage: Storage) -> None:
    registered = a_security_event(action=SecurityAction.REGISTERED)
    refused = a_security_event(outcome=Outcome.REFUSED, reason="too many tries")
    for event in (registered, refused):
        storage.security_events.add(event)

    assert events_of(storage, "ada") == (refused, registered)
    first = storage.security_events.page("ada", PageRequest(1))
    assert first.next_after == (refused.id,)
    last = storage.security_events.page("ada", PageRequest(1, first.next_after))
    assert last.items == (registered,)
    assert last.next_after is None


def test_what_is_written_stays_as_it_is(storage: Storage) -> None:
    event = a_security_event(outcome=Outcome.FAILED)
    storage.security_events.add(event)

    with pytest.raises(AlreadyExists):
        storage.security_events.add(a_security_event(id=event.id))
    assert events_of(storage, "ada") == (event,)


def test_somebody_else_does_not_see_it(storage: Storage) -> None:
    storage.security_events.add(a_security_event(user_id="ada"))

    assert events_of(storage, "grace") == ()


def test_an_event_without_an_account_is_nobodys(storage: Storage) -> None:
    storage.security_events.add(a_security_event(user_id=None, email_hash="hash"))

    for user_id in ("ada", "", "None", "null"):
        assert events_of(storage, user_id) == ()


def test_a_key_of_another_list_is_refused(storage: Storage) -> None:
    with pytest.raises(Invalid):
        storage.security_events.page("ada", PageRequest(1, ("1", an_id())))


@settings(settings.get_profile("contract"))
@given(user_agent=anything, reason=anything)
def test_any_text_round_trips(storage: Storage, user_agent: str, reason: str) -> None:
    event = a_security_event(user_id=an_id(), origin=Origin("::1", user_agent), reason=f"{reason} 🔐")
    storage.security_events.add(event)

    assert event.user_id is not None
    assert events_of(storage, event.user_id) == (event,)


@settings(settings.get_profile("contract"))
@given(order=st.permutations(range(8)), limit=st.integers(1, 4), known=st.integers(0, 8))
def test_paging_neither_loses_nor_repeats_while_events_are_added(
    storage: Storage, order: list[int], limit: int, known: int
) -> None:
    user_id = an_id()
    events = [a_security_event(id=f"{user_id}{number:03}", user_id=user_id) for number in order]
    there, coming = events[:known], events[known:]
    for event in there:
        storage.security_events.add(event)

    def add_one() -> None:
        if coming:
            storage.security_events.add(coming.pop())

    seen = walk(lambda request: storage.security_events.page(user_id, request), limit, add_one)

    seen_ids = [event.id for event in seen]
    assert seen_ids == sorted(set(seen_ids), reverse=True)
    assert {event.id for event in there} <= set(seen_ids)
