"""Sessions, their questions, and exports of them."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.services.library.export_job import ExportSession, ExportStores
from core.services.library.exports import ExportService
from core.services.library.file_cleanup import FileCleanup
from core.services.library.questions import QuestionService
from core.services.library.sessions import SessionService
from entrypoints.wiring.document_writers import document_writers
from entrypoints.wiring.foundation import Foundation
from entrypoints.wiring.jobs import Jobs


@dataclass(frozen=True, slots=True)
class Library:
    sessions: SessionService
    questions: QuestionService
    exports: ExportService
    file_cleanup: FileCleanup


def build_library(foundation: Foundation, jobs: Jobs, limits: LibraryLimits = DEFAULT_LIMITS) -> Library:
    stores, clock, ids = foundation.stores, foundation.system.clock, foundation.system.ids
    sessions = SessionService(stores.sessions, stores.questions, clock, ids)
    return Library(
        sessions=sessions,
        questions=QuestionService(stores.questions, sessions, clock, ids, limits),
        exports=ExportService(stores.exports, stores.files, sessions, stores.questions, jobs.service, clock),
        file_cleanup=FileCleanup(stores.exports, stores.files, clock),
    )


def export_job(foundation: Foundation, limits: LibraryLimits = DEFAULT_LIMITS) -> ExportSession:
    stores, system = foundation.stores, foundation.system
    return ExportSession(
        ExportStores(stores.exports, stores.files, stores.sessions, stores.questions),
        document_writers(),
        foundation.links,
        system.clock,
        system.ids,
        limits,
    )
