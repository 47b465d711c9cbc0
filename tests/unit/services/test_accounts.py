from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from core.domain.errors import Conflict, Invalid, NotAuthenticated, NotFound, PreconditionFailed
from core.domain.identity.audit import Origin
from core.services.identity.logins import LoggedIn
from entrypoints.wiring.application import Application, Replacements, build_application
from entrypoints.wiring.foundation import system_of_this_machine
from tests.building import settings_in_memory, signed_up
from tests.contract.racing import at_once
from tests.fakes import ManualClock, NoPause, QuickHasher
from tests.faults import Faults, faulty_stores

PASSWORD = "correct horse battery"
SOMEWHERE = Origin("192.0.2.1", "a browser", "request")


@pytest.fixture
def logged_in(application: Application) -> LoggedIn:
    return signed_up(application)


@pytest.fixture
def hasher() -> QuickHasher:
    """The one that `application` uses."""
    return QuickHasher()


@pytest.fixture
def application(
    clock: ManualClock, hasher: QuickHasher, tmp_path: Path, faults: Faults
) -> Iterator[Application]:
    settings = settings_in_memory(tmp_path)
    built = build_application(
        settings,
        Replacements(
            system=system_of_this_machine(clock=clock, sleeper=NoPause()),
            stores=faulty_stores(settings, faults),
            hasher=hasher,
            generators=[],
        ),
    )
    yield built
    built.close()


def code_of(act: Callable[[], object]) -> str:
    """The code of the refusal to authenticate."""
    with pytest.raises(NotAuthenticated) as refusal:
        act()
    return refusal.value.code


def test_it_works(application: Application, clock: ManualClock) -> None:
    registered = application.identity.accounts.register("Ada Lovelace", " Ada@Example.com ", PASSWORD)

    user = registered.user
    assert (user.full_name, user.email, user.email_key) == (
        "Ada Lovelace",
        "Ada@Example.com",
        "ada@example.com",
    )
    assert user.created_at == user.updated_at == clock.now()
    assert PASSWORD not in user.password_hash
    assert registered.expires_in_seconds == 15 * 60
    assert application.identity.logins.authenticate(registered.access_token).user_id == user.id

    again = application.identity.accounts.login("ada@example.com", PASSWORD)
    assert again.user == user
    assert again.login_id != registered.login_id
    assert application.identity.accounts.profile(user.id) == user


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@example.COM", "  Ada@Example.Com"])
def test_an_email_that_is_taken_is_refused_in_any_case(
    application: Application, logged_in: LoggedIn, email: str
) -> None:
    with pytest.raises(Conflict) as refusal:
        application.identity.accounts.register("Another Ada", email, PASSWORD)
    assert refusal.value.code == "email_taken"


def test_of_many_who_register_one_email_at_once_one_gets_it(application: Application) -> None:
    def register(number: int) -> str:
        try:
            return application.identity.accounts.register(
                f"Ada {number}", "ada@example.com", PASSWORD
            ).user.full_name
        except Conflict as refusal:
            return refusal.code

    answers = at_once(6, register)

    assert answers.count("email_taken") == 5


def test_what_is_no_email_is_refused(application: Application) -> None:
    with pytest.raises(Invalid) as refusal:
        application.identity.accounts.register("Ada Lovelace", "ada at example.com", PASSWORD)
    assert list(refusal.value.errors) == ["email"]


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com "])
def test_an_email_is_compared_without_case_at_login(
    application: Application, logged_in: LoggedIn, email: str
) -> None:
    assert application.identity.accounts.login(email, PASSWORD).user == logged_in.user


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.com", "wrong horse battery"),
        ("ada@example.com", PASSWORD.upper()),
        ("ada@example.com", f"{PASSWORD} "),
        ("ada@example.com", ""),
        ("grace@example.com", PASSWORD),
        ("not an email", PASSWORD),
    ],
)
def test_wrong_credentials_and_unknown_emails_get_the_same_answer(
    application: Application, logged_in: LoggedIn, email: str, password: str
) -> None:
    with pytest.raises(NotAuthenticated) as refusal:
        application.identity.accounts.login(email, password)
    assert refusal.value.code == "invalid_credentials"
    assert refusal.value.detail == "The email or the password is wrong."


def test_a_password_is_hashed_anew_at_login_when_the_cost_has_risen(
    application: Application, hasher: QuickHasher, logged_in: LoggedIn
) -> None:
    hasher.cost = 2
    user = application.identity.accounts.login("ada@example.com", PASSWORD).user

    assert user.password_hash.startswith("2:")
    assert user.password_hash == application.identity.accounts.profile(user.id).password_hash
    assert user.previous_password_hashes == ()
    assert application.identity.accounts.login("ada@example.com", PASSWORD).user == user


@pytest.mark.parametrize("cost", [1, 0])
def test_a_password_is_not_rehashed_at_the_same_or_a_lower_cost(
    application: Application, hasher: QuickHasher, logged_in: LoggedIn, cost: int
) -> None:
    hasher.cost = cost

    assert application.identity.accounts.login("ada@example.com", PASSWORD).user == logged_in.user


def test_a_wrong_password_is_not_hashed_anew(
    application: Application, hasher: QuickHasher, logged_in: LoggedIn
) -> None:
    hasher.cost = 2
    assert (
        code_of(lambda: application.identity.accounts.login("ada@example.com", "wrong"))
        == "invalid_credentials"
    )

    assert application.identity.accounts.profile(logged_in.user.id) == logged_in.user


def test_many_logins_at_once_hash_a_password_anew_once(
    application: Application, hasher: QuickHasher, logged_in: LoggedIn
) -> None:
    hasher.cost = 2
    at_once(4, lambda _: application.identity.accounts.login("ada@example.com", PASSWORD))

    assert application.identity.accounts.profile(logged_in.user.id).version == logged_in.user.version + 1


def test_a_profile_is_changed(application: Application, clock: ManualClock, logged_in: LoggedIn) -> None:
    clock.advance(minutes=1)
    renamed = application.identity.accounts.change_profile(logged_in.user.id, full_name="Ada King")

    known = logged_in.user.version
    expected = replace(logged_in.user, full_name="Ada King", updated_at=clock.now(), version=known + 1)
    assert renamed == application.identity.accounts.profile(logged_in.user.id) == expected


def test_a_profile_of_which_nothing_is_given_stays_as_it_is(
    application: Application, logged_in: LoggedIn
) -> None:
    assert application.identity.accounts.change_profile(logged_in.user.id) == logged_in.user


def test_a_profile_of_another_version_is_not_changed(application: Application, logged_in: LoggedIn) -> None:
    user, accounts = logged_in.user, application.identity.accounts
    accounts.change_profile(user.id, full_name="Ada King", expected_version=user.version)

    with pytest.raises(PreconditionFailed):
        accounts.change_profile(user.id, full_name="Late", expected_version=user.version)
    assert application.identity.accounts.profile(logged_in.user.id).full_name == "Ada King"


def test_an_unknown_user_is_not_found(application: Application) -> None:
    with pytest.raises(NotFound):
        application.identity.accounts.profile("unknown")
    with pytest.raises(NotFound):
        application.identity.accounts.change_profile("unknown", full_name="Nobody")


def test_refreshing_gives_new_tokens_for_the_same_login(
    application: Application, clock: ManualClock, logged_in: LoggedIn
) -> None:
    clock.advance(minutes=20)
    assert (
        code_of(lambda: application.identity.logins.authenticate(logged_in.access_token)) == "token_expired"
    )

    refreshed = application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)

    assert refreshed.login_id == logged_in.login_id
    assert refreshed.refresh_token != logged_in.refresh_token
    assert application.identity.logins.authenticate(refreshed.access_token).user_id == logged_in.user.id


def test_a_chain_of_refreshes_never_ends(
    application: Application, clock: ManualClock, logged_in: LoggedIn
) -> None:
    token = logged_in.refresh_token
    for _ in range(5):
        clock.advance(days=29)
        token = application.identity.logins.refresh(token, SOMEWHERE).refresh_token


def test_a_refresh_token_that_comes_again_later_ends_its_family(
    application: Application, clock: ManualClock, logged_in: LoggedIn
) -> None:
    refreshed = application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)
    clock.advance(seconds=10)

    def reuse() -> LoggedIn:
        return application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)

    assert code_of(reuse) == "refresh_token_invalid"
    assert code_of(lambda: application.identity.logins.refresh(refreshed.refresh_token, SOMEWHERE)) == (
        "refresh_token_invalid"
    )
    assert code_of(lambda: application.identity.logins.authenticate(refreshed.access_token)) == "login_ended"


def test_the_end_of_one_family_leaves_the_users_other_logins_alone(
    application: Application, clock: ManualClock, logged_in: LoggedIn
) -> None:
    other = application.identity.accounts.login("ada@example.com", PASSWORD)
    application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)
    clock.advance(seconds=10)
    assert code_of(lambda: application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE))

    application.identity.logins.authenticate(other.access_token)
    application.identity.logins.refresh(other.refresh_token, SOMEWHERE)


def test_two_tabs_that_refresh_at_once_get_the_same_tokens(
    application: Application, logged_in: LoggedIn
) -> None:
    def refresh(_: int) -> str:
        return application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE).refresh_token

    (token,) = set(at_once(4, refresh))
    assert application.identity.logins.refresh(token, SOMEWHERE)


def test_a_refresh_whose_answer_was_lost_can_be_repeated(
    application: Application, clock: ManualClock, logged_in: LoggedIn
) -> None:
    first = application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)
    clock.advance(seconds=9)
    again = application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)

    assert again.refresh_token == first.refresh_token
    assert application.identity.logins.authenticate(again.access_token).login_id == first.login_id


def test_a_token_from_two_refreshes_ago_ends_the_family_at_once(
    application: Application, logged_in: LoggedIn
) -> None:
    second = application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)
    application.identity.logins.refresh(second.refresh_token, SOMEWHERE)

    def reuse() -> LoggedIn:
        return application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)

    assert code_of(reuse) == "refresh_token_invalid"
    assert code_of(lambda: application.identity.logins.authenticate(second.access_token)) == "login_ended"


def test_a_user_has_fifty_active_logins_and_the_oldest_ends(
    application: Application, clock: ManualClock, logged_in: LoggedIn
) -> None:
    for _ in range(50):
        clock.advance(seconds=1)
        newest = application.identity.accounts.login("ada@example.com", PASSWORD)

    active = application.identity.logins.active_of(logged_in.user.id)
    assert len(active) == 50
    assert active[0].id == newest.login_id
    assert code_of(lambda: application.identity.logins.authenticate(logged_in.access_token)) == "login_ended"


def test_ending_all_logins_takes_two_statements(
    application: Application, logged_in: LoggedIn, faults: Faults
) -> None:
    for _ in range(20):
        application.identity.accounts.login("ada@example.com", PASSWORD)

    with faults.counted() as count:
        application.identity.logins.end_all(logged_in.user.id, but=logged_in.login_id)

    assert count() == 2
    assert [login.id for login in application.identity.logins.active_of(logged_in.user.id)] == [
        logged_in.login_id
    ]


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b.c", "unknown.1.signature", "x" * 10_000],
)
def test_what_is_no_refresh_token_is_refused(
    application: Application, logged_in: LoggedIn, token: str
) -> None:
    assert code_of(lambda: application.identity.logins.refresh(token, SOMEWHERE)) == "refresh_token_invalid"


def test_a_tampered_refresh_token_is_refused_and_ends_nothing(
    application: Application, logged_in: LoggedIn
) -> None:
    login_id, generation, signature = logged_in.refresh_token.split(".")
    other = application.identity.accounts.login("ada@example.com", PASSWORD).refresh_token.split(".")
    for tampered in (
        f"{login_id}.2.{signature}",
        f"{login_id}.0.{signature}",
        f"{login_id}.-1.{signature}",
        f"{login_id}.{'9' * 30}.{signature}",
        f"{login_id}.١.{signature}",
        f"{login_id}.{generation}.{signature[::-1]}",
        f"{login_id}.{generation}.",
        f"{login_id}.{generation}.é",
        f"{login_id}.{generation}.{other[2]}",
        f"{other[0]}.{generation}.{signature}",
        logged_in.access_token,
    ):
        assert (
            code_of(partial(application.identity.logins.refresh, tampered, SOMEWHERE))
            == "refresh_token_invalid"
        )

    assert application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)


def test_a_login_that_is_not_refreshed_for_thirty_days_is_over(
    application: Application, clock: ManualClock, logged_in: LoggedIn
) -> None:
    clock.advance(days=30)

    assert code_of(lambda: application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)) == (
        "refresh_token_invalid"
    )


def test_expired_logins_are_forgotten_by_the_sweeper(
    application: Application, clock: ManualClock, logged_in: LoggedIn
) -> None:
    clock.advance(days=30, hours=23)
    assert application.work.chores.run_all()["expired logins"] == 0
    clock.advance(hours=2)
    assert application.work.chores.run_all()["expired logins"] == 1

    assert code_of(lambda: application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)) == (
        "refresh_token_invalid"
    )


def test_logging_out_ends_this_login_at_once_and_no_other(
    application: Application, logged_in: LoggedIn
) -> None:
    other = application.identity.accounts.login("ada@example.com", PASSWORD)
    identity = application.identity.logins.authenticate(logged_in.access_token)

    application.identity.logins.log_out(identity, SOMEWHERE)

    assert code_of(lambda: application.identity.logins.authenticate(logged_in.access_token)) == "login_ended"
    assert code_of(lambda: application.identity.logins.refresh(logged_in.refresh_token, SOMEWHERE)) == (
        "refresh_token_invalid"
    )
    assert application.identity.logins.authenticate(other.access_token).user_id == logged_in.user.id


def test_logging_out_twice_is_logging_out_once(application: Application, logged_in: LoggedIn) -> None:
    identity = application.identity.logins.authenticate(logged_in.access_token)

    application.identity.logins.log_out(identity, SOMEWHERE)
    application.identity.logins.log_out(identity, SOMEWHERE)


def test_an_access_token_lives_for_fifteen_minutes(
    application: Application, clock: ManualClock, logged_in: LoggedIn
) -> None:
    clock.advance(minutes=14, seconds=59)
    identity = application.identity.logins.authenticate(logged_in.access_token)
    clock.advance(seconds=1)

    assert identity.expires_at == clock.now()
    assert (
        code_of(lambda: application.identity.logins.authenticate(logged_in.access_token)) == "token_expired"
    )


def test_of_two_who_register_one_address_at_once_one_is_refused(
    application: Application, faults: Faults
) -> None:
    faster: list[LoggedIn] = []

    def be_faster(_: str) -> None:
        if not faster:
            faster.append(signed_up(application))

    with faults.before_write(be_faster), pytest.raises(Conflict) as refusal:
        application.identity.accounts.register("Another Ada", "ada@example.com", "correct horse battery")

    assert refusal.value.code == "email_taken"
    assert application.identity.accounts.profile(faster[0].user.id).full_name == "Ada Lovelace"


def test_a_login_is_withdrawn_if_the_password_changes_meanwhile(
    application: Application, clock: ManualClock, faults: Faults
) -> None:
    ada = signed_up(application)
    identity = application.identity.logins.authenticate(ada.access_token)
    changes = [("correct horse battery", "quite another one")]

    def change_first(table: str) -> None:
        if table == "logins" and changes:
            application.identity.password_change.change(identity, *changes.pop(), Origin())

    with faults.before_write(change_first), pytest.raises(NotAuthenticated):
        application.identity.accounts.login("ada@example.com", "correct horse battery")

    active = application.foundation.stores.logins.active_of(ada.user.id, clock.now())
    assert not changes
    assert [login.id for login in active] == [ada.login_id]
