from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.conftest import Storage
from tests.contract.racing import at_once
from tests.contract.records import NOON, an_id

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def test_it_works(storage: Storage) -> None:
    assert storage.suppressions.contains("ada@example.org") is False

    storage.suppressions.add("ada@example.org", "bounced", NOON)

    assert storage.suppressions.contains("ada@example.org") is True
    assert storage.suppressions.contains("grace@example.org") is False


def test_an_address_may_be_added_again(storage: Storage) -> None:
    storage.suppressions.add("ada@example.org", "bounced", NOON)
    storage.suppressions.add("ada@example.org", "complained", NOON + timedelta(days=1))

    assert storage.suppressions.contains("ada@example.org") is True


def test_many_may_add_one_address_at_once(storage: Storage) -> None:
    at_once(8, lambda number: storage.suppressions.add("ada@example.org", f"report {number}", NOON))

    assert storage.suppressions.contains("ada@example.org") is True


def test_a_key_is_compared_as_it_is(storage: Storage) -> None:
    storage.suppressions.add("ada@example.org", "bounced", NOON)

    for other in ("Ada@example.org", "ada@example.org ", "ada@example.or", "a\x00da@example.org", ""):
        assert storage.suppressions.contains(other) is False


@pytest.mark.parametrize("value", ["$where", "' OR 1=1 --", '{"$gt": ""}', "%"])
def test_what_looks_like_a_query_is_compared_as_text(storage: Storage, value: str) -> None:
    storage.suppressions.add("ada@example.org", "bounced", NOON)
    assert storage.suppressions.contains(value) is False

    storage.suppressions.add(value, "bounced", NOON)
    assert storage.suppressions.contains(value) is True


@settings(settings.get_profile("contract"))
@given(local_part=anything, reason=anything)
def test_any_text_is_a_key(storage: Storage, local_part: str, reason: str) -> None:
    email_key = f"{an_id()}{local_part}🙂@example.org"
    assert storage.suppressions.contains(email_key) is False

    storage.suppressions.add(email_key, reason, NOON)

    assert storage.suppressions.contains(email_key) is True
