"""Wiring of the whole product, area by area."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.domain.library.limits import LibraryLimits
from core.services.jobs.types import JobTypes
from entrypoints.settings import Settings
from entrypoints.wiring.document_writers import DocumentWriters, isolated_writers
from entrypoints.wiring.foundation import Foundation, build_foundation
from entrypoints.wiring.generation import Generation, build_generation, generation_jobs
from entrypoints.wiring.identity import Identity, build_identity
from entrypoints.wiring.jobs import Jobs, build_jobs
from entrypoints.wiring.library import Library, build_library, export_job, library_limits
from entrypoints.wiring.live import Live, build_live
from entrypoints.wiring.mail import Mail, build_mail
from entrypoints.wiring.mail_transports import Fetch, fetch_over_https
from entrypoints.wiring.operations import Operations, build_operations
from entrypoints.wiring.question_generators import question_generators
from entrypoints.wiring.stores import Stores
from entrypoints.wiring.work import Work, build_work
from ports.generation import QuestionGenerator
from ports.identity import PasswordHasher
from ports.mail import EmailTransport
from ports.system import System


@dataclass(frozen=True, slots=True)
class Application:
    """The use cases of each area, and the foundation."""

    foundation: Foundation
    mail: Mail
    live: Live
    identity: Identity
    jobs: Jobs
    library: Library
    generation: Generation
    operations: Operations
    work: Work
    close: Callable[[], None]

    @property
    def settings(self) -> Settings:
        return self.foundation.settings


@dataclass(frozen=True, slots=True)
class Replacements:
    """Parts that tests and special processes use instead of those from the settings."""

    system: System | None = None
    stores: Stores | None = None
    hasher: PasswordHasher | None = None
    generators: Sequence[QuestionGenerator] | None = None
    transport: EmailTransport | None = None
    fetch: Fetch = fetch_over_https
    writers: DocumentWriters | None = None
    library_limits: LibraryLimits | None = None


def build_application(settings: Settings, replaced: Replacements | None = None) -> Application:
    """Raises SettingsError, Unavailable, OSError."""
    replaced = replaced or Replacements()
    foundation = build_foundation(settings, replaced.system, replaced.stores)
    mail = build_mail(foundation, replaced.transport, replaced.fetch)
    live = build_live(foundation)
    identity = build_identity(foundation, mail, live, replaced.hasher)
    jobs = build_jobs(foundation)
    limits = replaced.library_limits or library_limits(settings)
    library = build_library(foundation, jobs, limits)
    generators = question_generators(settings) if replaced.generators is None else replaced.generators
    writers = replaced.writers or isolated_writers(settings)
    exporting = export_job(foundation, writers.each, limits)
    types = JobTypes((*generation_jobs(foundation, generators, limits), exporting))
    foundation.stores.prepare()

    def close() -> None:
        mail.close()
        for generator in generators:
            generator.close()
        writers.close()
        foundation.close()

    return Application(
        foundation=foundation,
        mail=mail,
        live=live,
        identity=identity,
        jobs=jobs,
        library=library,
        generation=build_generation(library, jobs),
        operations=build_operations(foundation),
        work=build_work(foundation, mail, live, identity, jobs, library, types),
        close=close,
    )
