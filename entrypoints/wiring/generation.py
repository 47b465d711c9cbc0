"""Wiring of generation and regeneration of questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.services.generation.draft_cache import DraftCache
from core.services.generation.generate_job import GenerateQuestions
from core.services.generation.generation import GenerationService
from core.services.generation.regenerate_job import RegenerateQuestion
from core.services.generation.sourcing import QuestionSourcing
from core.services.jobs.types import JobType
from entrypoints.wiring.foundation import Foundation
from entrypoints.wiring.identity import Identity
from entrypoints.wiring.jobs import Jobs
from entrypoints.wiring.library import Library
from ports.generation import QuestionGenerator


@dataclass(frozen=True, slots=True)
class Generation:
    service: GenerationService


def build_generation(identity: Identity, library: Library, jobs: Jobs) -> Generation:
    return Generation(
        GenerationService(library.sessions, library.questions, jobs.service, identity.email_verification)
    )


def generation_jobs(
    foundation: Foundation, generators: Sequence[QuestionGenerator], limits: LibraryLimits = DEFAULT_LIMITS
) -> Sequence[JobType]:
    stores, system = foundation.stores, foundation.system
    sourcing = QuestionSourcing(generators, DraftCache(foundation.shared.cache))
    return (
        GenerateQuestions(
            stores.sessions, stores.questions, sourcing, foundation.links, system.clock, system.ids, limits
        ),
        RegenerateQuestion(stores.sessions, stores.questions, sourcing, system.clock),
    )
