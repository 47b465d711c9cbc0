"""Building the application for tests: all of it, in memory, with the world outside replaced."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adapters.documents.formats import all_writers
from adapters.fluent.catalogue import FluentCatalogue
from core.domain.library.limits import LibraryLimits
from core.domain.messages import Message
from core.services.identity.logins import LoggedIn
from entrypoints.settings import RateLimits, Settings
from entrypoints.wiring.application import Application, Replacements, build_application
from entrypoints.wiring.document_writers import DocumentWriters
from entrypoints.wiring.foundation import system_of_this_machine
from entrypoints.wiring.mail_transports import Fetch, fetch_over_https
from ports.generation import QuestionGenerator
from ports.system import Clock
from tests.fakes import NoPause, QuickHasher
from tests.faults import Faults, faulty_stores

SECRET = "a secret for tests, long enough for all"

UNLIMITED = RateLimits(*["1000000 per minute"] * 8)
"""For tests that are about something else."""


def settings_in_memory(data_dir: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "database_url": "sqlite:///:memory:",
        "redis_url": "",
        "secret_keys": (SECRET,),
        "limits": UNLIMITED,
        **changes,
    }
    return Settings(**values)


def application_in_memory(
    data_dir: Path,
    clock: Clock,
    generators: Sequence[QuestionGenerator],
    library_limits: LibraryLimits | None = None,
    faults: Faults | None = None,
    fetch: Fetch = fetch_over_https,
    writers: DocumentWriters | None = None,
    **changes: Any,
) -> Application:
    """The database does as `faults` says, if it is given."""
    settings = settings_in_memory(data_dir, **changes)
    replaced = Replacements(
        system=system_of_this_machine(clock=clock, sleeper=NoPause()),
        stores=None if faults is None else faulty_stores(settings, faults),
        hasher=QuickHasher(),
        generators=generators,
        fetch=fetch,
        writers=writers or DocumentWriters(all_writers(), close=lambda: None),
        library_limits=library_limits,
    )
    return build_application(settings, replaced)


def words(message: Message | None) -> str:
    """The message as users read it."""
    return "" if message is None else FluentCatalogue().text(message)


def signed_up(application: Application, email: str = "ada@example.com") -> LoggedIn:
    return application.identity.accounts.register("Ada Lovelace", email, "correct horse battery")
