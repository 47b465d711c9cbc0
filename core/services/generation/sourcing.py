"""New questions for a brief: from the draft cache, then from each generator in turn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from core.domain.generation.briefs import Batch, Brief, GenerationFailed
from core.domain.generation.similarity import QuestionSet
from core.domain.library.questions import QuestionSource
from core.domain.messages import Message
from core.services.generation.draft_cache import DraftCache, Written
from ports.generation import QuestionGenerator

log = logging.getLogger(__name__)

_Failure = tuple[QuestionSource, GenerationFailed]

_ROUNDS_PER_GENERATOR = 3
_AVOID_AT_MOST = 60
"""The number of texts that a generator is asked to avoid. It bounds prompts; duplicates are dropped later."""


class QuestionSourcing:
    """`generators` are in the order of preference."""

    def __init__(self, generators: Sequence[QuestionGenerator], pool: DraftCache) -> None:
        self._generators = tuple(generators)
        self._pool = pool

    def write(
        self, brief: Brief, count: int, present: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        """Yield batches of `count` questions in total, without duplicates of `present` or each other.

        There are fewer if the last generator runs out. Raises GenerationFailed, possibly after some batches,
        if questions are missing and one generator failed transiently (`is_transient`), or if there are no
        questions at all. The bank's reason is part of the error or else a remark.
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
            of_bank = _messages_of_bank(failures)
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
    """The number of missing questions, and the questions that must not be repeated."""

    def __init__(self, brief: Brief, count: int, seen: QuestionSet, texts: list[str]) -> None:
        self.brief = brief
        self.missing = count
        self.texts = texts
        self._seen = seen

    def accept(self, batch: Batch) -> Batch:
        """The batch without duplicates and without surplus drafts."""
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


def _messages_of_bank(failures: Sequence[_Failure]) -> tuple[Message, ...]:
    return tuple(failure.message for source, failure in failures if source is QuestionSource.BANK)


def _raise_most_telling(failures: Sequence[_Failure], *, nothing_written: bool) -> None:
    """Raise the first transient failure, since a retry may help. Its message also contains the reason of the
    bank, which is always available.

    Nothing is raised if the generators ran out of questions after they had written some.
    """
    transient = next((failure for _, failure in failures if failure.is_transient), None)
    if transient:
        others = [(source, failure) for source, failure in failures if failure is not transient]
        also = [message.to_json() for message in _messages_of_bank(others)]
        message = transient.message
        if also:
            message = Message(message.code, {**message.data, "also": also})
        raise GenerationFailed(message, is_transient=True) from transient
    if nothing_written:
        if failures:
            raise failures[-1][1]
        raise GenerationFailed(Message("no_new_questions"), is_transient=False)
