"""New questions for a brief, from whoever can write them: the pool, then each generator in turn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from core.domain.generation.briefs import Batch, Brief, GenerationFailed
from core.domain.generation.similarity import QuestionSet
from core.domain.library.questions import QuestionSource
from core.services.generation.draft_cache import DraftCache, Written
from ports.generation import QuestionGenerator

log = logging.getLogger(__name__)

_Failure = tuple[QuestionSource, GenerationFailed]

_ROUNDS_PER_GENERATOR = 3
_AVOID_AT_MOST = 60
"""How many texts a generator is told to avoid: a prompt has its limits; repetitions are dropped anyway."""


class QuestionSourcing:
    """`generators` in the order of preference."""

    def __init__(self, generators: Sequence[QuestionGenerator], pool: DraftCache) -> None:
        self._generators = tuple(generators)
        self._pool = pool

    def write(
        self, brief: Brief, count: int, present: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        """Batches of questions that are new beside `present` and beside each other, `count` in total.

        Fewer come if the last writer runs dry. Raises GenerationFailed, possibly after some
        batches, if no writer could deliver what is missing and one of them may later (`is_transient`),
        or if none has written anything. Why the bank cannot help is told with it, or else remarked.
        """
        assignment = _Assignment(brief, count, QuestionSet(present), list(present))
        yield from assignment.accept_pooled(self._pool.drafts(brief))
        failures: list[_Failure] = []
        for generator in self._generators:
            if assignment.missing <= 0 or should_stop():
                return
            try:
                yield from self._from_generator(generator, assignment, should_stop)
            except GenerationFailed as failure:
                log.warning("%s cannot deliver: %s", generator.source, failure.code)
                failures.append((generator.source, failure))
        if assignment.missing > 0 and not should_stop():
            _raise_most_telling(failures, nothing_written=assignment.missing == count)
            of_bank = _details_of_bank(failures)
            if of_bank:
                yield Batch((), QuestionSource.BANK, remarks=of_bank)

    def _from_generator(
        self, generator: QuestionGenerator, assignment: _Assignment, should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        for _ in range(_ROUNDS_PER_GENERATOR):
            missing_before = assignment.missing
            avoid = assignment.texts[-_AVOID_AT_MOST:]
            for batch in generator.generate(assignment.brief, missing_before, avoid, should_stop):
                fresh = assignment.accept(batch)
                if generator.source is not QuestionSource.BANK:
                    self._pool.add(assignment.brief, [(batch.source, draft) for draft in fresh.drafts])
                yield fresh
                if assignment.missing <= 0:
                    return
            if assignment.missing == missing_before or should_stop():
                return


class _Assignment:
    """What is still missing, and all that must not come again."""

    def __init__(self, brief: Brief, count: int, seen: QuestionSet, texts: list[str]) -> None:
        self.brief = brief
        self.missing = count
        self.texts = texts
        self._seen = seen

    def accept(self, batch: Batch) -> Batch:
        """The batch without what was seen before or is too much."""
        fresh = []
        for draft in batch.drafts:
            if self.missing > 0 and self._seen.add(draft.text):
                fresh.append(draft)
                self.texts.append(draft.text)
                self.missing -= 1
        return replace(batch, drafts=tuple(fresh))

    def accept_pooled(self, pooled: Sequence[Written]) -> Iterator[Batch]:
        for source in (QuestionSource.GROQ, QuestionSource.FALLBACK):
            drafts = tuple(draft for written_by, draft in pooled if written_by is source)
            batch = self.accept(Batch(drafts, source))
            if batch.drafts:
                yield batch


def _details_of_bank(failures: Sequence[_Failure]) -> tuple[str, ...]:
    return tuple(failure.detail for source, failure in failures if source is QuestionSource.BANK)


def _raise_most_telling(failures: Sequence[_Failure], *, nothing_written: bool) -> None:
    """Of several failures the first passing one: trying again may help. It tells too why the bank, which
    is always there, is no help meanwhile. Nothing is raised if the generators just had no more to say,
    having said something."""
    passing = next((failure for _, failure in failures if failure.is_transient), None)
    if passing:
        others = [(source, failure) for source, failure in failures if failure is not passing]
        detail = " ".join((passing.detail, *_details_of_bank(others)))
        raise GenerationFailed(passing.code, detail, is_transient=True) from passing
    if nothing_written:
        if failures:
            raise failures[-1][1]
        raise GenerationFailed(
            "no_new_questions",
            "There are no new questions for these topics beside the ones that the session has. "
            "Try other topics, another difficulty or other instructions.",
            is_transient=False,
        )
