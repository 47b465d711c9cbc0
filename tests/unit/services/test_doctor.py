"""The check of the stored data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.domain.identity.users import StoredAddress
from core.services.operations.doctor import Doctor
from entrypoints.cli import main
from entrypoints.wiring.application import Application
from entrypoints.wiring.stores import Stores, open_stores
from tests.building import settings_in_memory
from tests.contract.records import a_user

ASCII = "ada@xn--mller-kva.example"
UNICODE = "ada@müller.example"


def add(stores: Stores, user_id: str, email: str) -> None:
    stores.users.add(replace(a_user(), id=user_id, email=email, email_key=email))


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_accounts_with_one_mailbox_are_reported(application: Application, batch: int) -> None:
    stores = application.foundation.stores
    for user_id, email in (
        ("a", ASCII),
        ("b", "eve@example.org"),
        ("c", UNICODE),
        ("d", "bob@xn--mller-kva.example"),
    ):
        add(stores, user_id, email)

    found = Doctor(stores.users, batch).examine()

    assert (found.accounts, found.unreadable, found.shared_mailboxes) == (4, 0, (("a", "c"),))


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *emails: str) -> Result:
    url = f"sqlite:///{tmp_path / 'prep.db'}"
    stores = open_stores(settings_in_memory(tmp_path, database_url=url))
    for number, email in enumerate(emails):
        add(stores, f"user-{number}", email)
    stores.close()
    monkeypatch.setattr(os, "environ", {"DATA_DIR": str(tmp_path), "DATABASE_URL": url})
    monkeypatch.chdir(tmp_path)
    return CliRunner().invoke(main, ["doctor"])


def test_the_command_names_ids_and_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(tmp_path, monkeypatch, ASCII, UNICODE)

    assert result.exit_code == 1, result.output
    assert "one mailbox: user-0 user-1" in result.output
    assert "@" not in result.output


def test_the_command_succeeds_without_a_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(tmp_path, monkeypatch, ASCII)

    assert result.exit_code == 0, result.output
    assert "1 accounts, 0 unreadable, 0 mailboxes" in result.output


def test_unreadable_accounts_are_counted_and_skipped(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = application.foundation.stores
    add(stores, "b", ASCII)
    readable = stores.users.addresses

    def addresses(after_id: str | None, limit: int) -> Sequence[StoredAddress]:
        return [StoredAddress("a", None, None)] if after_id is None else readable(after_id, limit)

    monkeypatch.setattr(stores.users, "addresses", addresses)
    found = Doctor(stores.users).examine()

    assert (found.accounts, found.unreadable, found.shared_mailboxes) == (2, 1, ())
