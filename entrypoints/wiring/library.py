"""Wiring of sessions, questions and exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.services.library.export_job import ExportSession, ExportStores
from core.services.library.exports import ExportService
from core.services.library.file_cleanup import FileCleanup
from core.services.library.questions import QuestionService
from core.services.library.sessions import SessionService
from entrypoints.settings import Settings
from entrypoints.wiring.foundation import Foundation
from entrypoints.wiring.jobs import Jobs
from ports.library import DocumentWriter


@dataclass(frozen=True, slots=True)
class Library:
    sessions: SessionService
    questions: QuestionService
    exports: ExportService
    file_cleanup: FileCleanup


def library_limits(settings: Settings) -> LibraryLimits:
    return LibraryLimits(
        max_sessions_per_user=settings.max_sessions_per_user,
        max_stored_exports_per_user=settings.max_stored_exports_per_user,
    )


def build_library(foundation: Foundation, jobs: Jobs, limits: LibraryLimits = DEFAULT_LIMITS) -> Library:
    stores, clock = foundation.stores, foundation.system.clock
    sessions = SessionService(stores.sessions, stores.questions, jobs.idempotency, clock, limits)
    return Library(
        sessions=sessions,
        questions=QuestionService(stores.questions, sessions, jobs.idempotency, clock, limits),
        exports=ExportService(
            stores.exports, stores.files, sessions, stores.questions, jobs.service, clock, limits
        ),
        file_cleanup=FileCleanup(stores.exports, stores.files, clock),
    )


def export_job(
    foundation: Foundation, writers: Sequence[DocumentWriter], limits: LibraryLimits = DEFAULT_LIMITS
) -> ExportSession:
    stores, system = foundation.stores, foundation.system
    return ExportSession(
        ExportStores(stores.exports, stores.files, stores.sessions, stores.questions),
        writers,
        foundation.links,
        system.clock,
        system.ids,
        limits,
    )
