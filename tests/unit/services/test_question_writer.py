from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from adapters.memory.cache import MemoryCache
from core.domain.generation.briefs import Batch, Brief, GenerationFailed, TokenUsage
from core.domain.library.questions import Difficulty, QuestionDraft, QuestionSource
from core.domain.library.sessions import Experience
from core.domain.messages import Message
from core.services.generation.draft_cache import DraftCache
from core.services.generation.sourcing import QuestionSourcing
from ports.generation import QuestionGenerator
from tests.building import words
from tests.fakes import ScriptedGenerator, distinct_text

BRIEF = Brief("Backend developer", Experience.MID, ("Python", "SQL"))


class Recited:
    """A generator that says the given texts, one batch a call, then nothing more."""

    def __init__(self, *batches: Sequence[str], source: QuestionSource = QuestionSource.GROQ) -> None:
        self.source = source
        self.asked_for: list[int] = []
        self._batches = list(batches)

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        self.asked_for.append(count)
        if self._batches:
            texts = self._batches.pop(0)
            yield Batch(tuple(a_draft(text) for text in texts), self.source, TokenUsage(10, 1))


class IgnorantBank:
    """Knows none of the topics."""

    source = QuestionSource.BANK

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        raise GenerationFailed(
            Message.verbatim("The bank knows only SQL.", "unknown_topics"), is_transient=False
        )


class Remarking:
    """Hands out one batch, and is done."""

    def __init__(self, batch: Batch) -> None:
        self.source = batch.source
        self.is_done = False
        self._batch = batch

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        yield self._batch
        self.is_done = True


def a_draft(text: str) -> QuestionDraft:
    return QuestionDraft(text, "Because.", Difficulty.MEDIUM, "Python")


def never() -> bool:
    return False


@pytest.fixture
def pool() -> DraftCache:
    return DraftCache(MemoryCache())


def write(
    pool: DraftCache,
    *generators: QuestionGenerator,
    count: int = 10,
    present: Sequence[str] = (),
    brief: Brief = BRIEF,
) -> list[Batch]:
    return list(QuestionSourcing(generators, pool).write(brief, count, present, never))


def texts(batches: Sequence[Batch]) -> list[str]:
    return [draft.text for batch in batches for draft in batch.drafts]


def sources(batches: Sequence[Batch]) -> list[QuestionSource]:
    return [batch.source for batch in batches for _ in batch.drafts]


def failing(source: QuestionSource, code: str, *, is_transient: bool) -> ScriptedGenerator:
    generator = ScriptedGenerator(source)
    for _ in range(5):
        generator.fail_next(code, is_transient=is_transient)
    return generator


def test_it_works(pool: DraftCache) -> None:
    batches = write(pool, ScriptedGenerator(batch_size=4), count=10)

    assert [len(batch.drafts) for batch in batches] == [4, 4, 2]
    assert texts(batches) == [distinct_text(number) for number in range(1, 11)]
    assert sum((batch.usage for batch in batches), TokenUsage()) == TokenUsage(300, 100)


def test_the_first_writer_is_preferred_and_the_others_are_not_asked(pool: DraftCache) -> None:
    second = ScriptedGenerator(QuestionSource.FALLBACK)

    assert set(sources(write(pool, ScriptedGenerator(), second))) == {QuestionSource.GROQ}
    assert second.calls == []


def test_writers_that_cannot_are_replaced_by_the_next_in_turn(pool: DraftCache) -> None:
    groq = failing(QuestionSource.GROQ, "provider_unavailable", is_transient=True)
    fallback = failing(QuestionSource.FALLBACK, "invalid_key", is_transient=False)
    bank = ScriptedGenerator(QuestionSource.BANK)

    batches = write(pool, groq, fallback, bank, count=7)

    assert sources(batches) == [QuestionSource.BANK] * 7
    assert (len(groq.calls), len(fallback.calls)) == (1, 1)


def test_what_a_writer_leaves_missing_is_asked_of_the_next(pool: DraftCache) -> None:
    groq = ScriptedGenerator()
    fallback = ScriptedGenerator(QuestionSource.FALLBACK, first=100)

    def break_off(number: int) -> None:
        if number == 1:
            raise GenerationFailed(Message.verbatim("Away.", "provider_unavailable"), is_transient=True)

    groq.before_batch = break_off
    batches = write(pool, groq, fallback, count=12)

    assert sources(batches) == [QuestionSource.GROQ] * 5 + [QuestionSource.FALLBACK] * 7
    assert [count for _, count, _ in fallback.calls] == [7]
    assert set(texts(batches[:1])) == set(fallback.calls[0][2]), "it is told what to avoid"


def test_questions_that_the_session_has_are_dropped_also_reworded(pool: DraftCache) -> None:
    recited = Recited(["Explain closures in Python.", "What is a decorator?"])

    batches = write(pool, recited, count=2, present=["What is a closure in Python?"])

    assert texts(batches) == ["What is a decorator?"]


def test_repeated_questions_are_dropped_within_and_across_batches(pool: DraftCache) -> None:
    recited = Recited(
        ["What is a decorator?", "Explain decorators."],
        ["What are decorators?", "What is a generator?"],
    )

    assert texts(write(pool, recited, count=3)) == ["What is a decorator?", "What is a generator?"]


def test_what_was_dropped_is_asked_for_again(pool: DraftCache) -> None:
    recited = Recited(
        ["What is a list?", "What is a list, please?", "What is a list?"],
        ["What is a tuple?"],
        ["What is a set?"],
    )

    assert texts(write(pool, recited, count=3)) == ["What is a list?", "What is a tuple?", "What is a set?"]
    assert recited.asked_for == [3, 2, 1]


def test_a_writer_is_asked_three_times_at_most(pool: DraftCache) -> None:
    recited = Recited(["What is a list?"], ["What is a tuple?"], ["What is a set?"], ["What is a dict?"])

    assert len(texts(write(pool, recited, count=10))) == 3
    assert recited.asked_for == [10, 9, 8]


def test_a_writer_that_has_nothing_new_to_say_is_not_asked_again(pool: DraftCache) -> None:
    recited = Recited(["What is a list?"], ["What is a list?"])
    bank = ScriptedGenerator(QuestionSource.BANK)

    batches = write(pool, recited, bank, count=4)

    assert recited.asked_for == [4, 3]
    assert sources(batches) == [QuestionSource.GROQ] + [QuestionSource.BANK] * 3


def test_too_many_questions_are_cut(pool: DraftCache) -> None:
    recited = Recited([distinct_text(number) for number in range(10)])

    assert len(texts(write(pool, recited, count=3))) == 3


def test_tokens_are_counted_for_batches_of_which_nothing_was_new(pool: DraftCache) -> None:
    recited = Recited(["What is a list?"])

    batches = QuestionSourcing([recited], pool).write(BRIEF, 1, ["What is a list?"], never)

    assert next(batches) == Batch((), QuestionSource.GROQ, TokenUsage(10, 1))


def test_at_most_sixty_texts_are_to_be_avoided_the_newest_ones(pool: DraftCache) -> None:
    present = [distinct_text(number) for number in range(500, 600)]
    writer = ScriptedGenerator()

    write(pool, writer, count=5, present=present)

    assert writer.calls[0][2] == tuple(present[-60:])


def test_no_questions_are_written_where_none_are_missing(pool: DraftCache) -> None:
    writer = ScriptedGenerator()

    assert write(pool, writer, count=0) == []
    assert writer.calls == []


def test_once_told_to_stop_no_further_writer_is_asked(pool: DraftCache) -> None:
    first, second = Recited(["What is a list?"]), ScriptedGenerator(QuestionSource.FALLBACK)
    stopped: list[bool] = []

    for batch in QuestionSourcing([first, second], pool).write(BRIEF, 5, (), lambda: bool(stopped)):
        assert texts([batch]) == ["What is a list?"]
        stopped.append(True)

    assert first.asked_for == [5]
    assert second.calls == []


def test_the_same_brief_again_costs_nothing(pool: DraftCache) -> None:
    writer = ScriptedGenerator()
    first = write(pool, writer, count=10)
    asked = len(writer.calls)

    again = write(pool, writer, count=10)

    assert texts(again) == texts(first)
    assert sources(again) == sources(first)
    assert {batch.usage for batch in again} == {TokenUsage()}
    assert len(writer.calls) == asked


def test_what_comes_from_the_pool_is_as_it_was_written(pool: DraftCache) -> None:
    writer = ScriptedGenerator()
    first = write(pool, writer, count=10)

    again = write(pool, writer, count=10)

    assert [draft for batch in again for draft in batch.drafts] == [
        draft for batch in first for draft in batch.drafts
    ]


def test_the_pool_never_repeats_within_a_session(pool: DraftCache) -> None:
    writer = ScriptedGenerator()
    present: list[str] = []
    for _ in range(3):
        present += texts(write(pool, writer, count=10, present=present))

    assert len(set(present)) == 30
    assert [count for _, count, _ in writer.calls] == [10, 10, 10]


def test_of_a_larger_request_only_what_the_pool_lacks_is_written(pool: DraftCache) -> None:
    writer = ScriptedGenerator()
    write(pool, writer, count=10)

    assert len(texts(write(pool, writer, count=25))) == 25
    assert [count for _, count, _ in writer.calls] == [10, 15]


def test_another_brief_does_not_draw_on_the_pool_of_this_one(pool: DraftCache) -> None:
    writer = ScriptedGenerator()
    write(pool, writer, count=10)
    other = Brief(BRIEF.role, BRIEF.experience, BRIEF.topics, Difficulty.HARD)

    write(pool, writer, count=10, brief=other)

    assert len(writer.calls) == 2


def test_the_pool_says_who_wrote_what(pool: DraftCache) -> None:
    groq = failing(QuestionSource.GROQ, "provider_unavailable", is_transient=True)
    write(pool, groq, ScriptedGenerator(QuestionSource.FALLBACK), count=5)

    again = write(pool, ScriptedGenerator(first=100), count=7)

    assert sources(again) == [QuestionSource.FALLBACK] * 5 + [QuestionSource.GROQ] * 2


def test_what_the_bank_says_is_not_pooled(pool: DraftCache) -> None:
    write(pool, ScriptedGenerator(QuestionSource.BANK), count=5)

    assert pool.drafts(BRIEF) == []
    assert sources(write(pool, ScriptedGenerator(), count=5)) == [QuestionSource.GROQ] * 5


def test_the_pool_keeps_the_newest_three_hundred(pool: DraftCache) -> None:
    written = [(QuestionSource.GROQ, a_draft(distinct_text(number))) for number in range(310)]
    pool.add(BRIEF, written[:150])
    pool.add(BRIEF, written[150:])
    pool.add(BRIEF, [])

    assert pool.drafts(BRIEF) == written[10:]


def test_a_part_is_delivered_if_the_writers_have_no_more(
    pool: DraftCache,
) -> None:
    assert texts(write(pool, Recited(["What is a list?"]), count=5)) == ["What is a list?"]


def test_a_part_is_delivered_if_the_others_will_never_deliver(pool: DraftCache) -> None:
    lasting = failing(QuestionSource.FALLBACK, "invalid_key", is_transient=False)

    assert texts(write(pool, Recited(["What is a list?"]), lasting, count=5)) == ["What is a list?"]


def test_after_a_part_it_fails_if_a_writer_may_deliver_the_rest_later(pool: DraftCache) -> None:
    away = failing(QuestionSource.GROQ, "provider_unavailable", is_transient=True)
    bank = Recited(["What is a list?"], source=QuestionSource.BANK)
    written: list[Batch] = []

    with pytest.raises(GenerationFailed) as failure:
        written.extend(QuestionSourcing([away, bank], pool).write(BRIEF, 5, (), never))

    assert texts(written) == ["What is a list?"]
    assert (failure.value.code, failure.value.is_transient) == ("provider_unavailable", True)


def test_without_a_single_question_the_last_lasting_failure_is_told(pool: DraftCache) -> None:
    groq = failing(QuestionSource.GROQ, "invalid_key", is_transient=False)
    bank = failing(QuestionSource.BANK, "unknown_topics", is_transient=False)

    with pytest.raises(GenerationFailed) as failure:
        write(pool, groq, bank)
    assert (failure.value.code, failure.value.is_transient) == ("unknown_topics", False)


def test_a_passing_failure_is_told_rather_than_a_lasting_one(pool: DraftCache) -> None:
    groq = failing(QuestionSource.GROQ, "provider_unavailable", is_transient=True)
    bank = failing(QuestionSource.BANK, "unknown_topics", is_transient=False)

    with pytest.raises(GenerationFailed) as failure:
        write(pool, groq, bank)
    assert (failure.value.code, failure.value.is_transient) == ("provider_unavailable", True)


def test_if_nothing_new_can_be_said_it_says_so(pool: DraftCache) -> None:
    with pytest.raises(GenerationFailed) as failure:
        write(pool, Recited(["What is a list?"]), count=5, present=["What is a list?"])
    assert (failure.value.code, failure.value.is_transient) == ("no_new_questions", False)


def test_a_passing_failure_tells_too_why_the_bank_cannot_help(pool: DraftCache) -> None:
    groq = failing(QuestionSource.GROQ, "provider_unavailable", is_transient=True)
    fallback = failing(QuestionSource.FALLBACK, "invalid_key", is_transient=False)

    with pytest.raises(GenerationFailed) as failure:
        write(pool, groq, fallback, IgnorantBank())

    assert (failure.value.code, failure.value.is_transient) == ("provider_unavailable", True)
    assert words(failure.value.message) == "The writer is away. The bank knows only SQL."


def test_a_bank_that_cannot_help_with_the_rest_is_remarked(pool: DraftCache) -> None:
    batches = write(pool, Recited(["What is a list?"]), IgnorantBank(), count=5)

    assert texts(batches) == ["What is a list?"]
    assert batches[-1] == Batch(
        (), QuestionSource.BANK, remarks=(Message.verbatim("The bank knows only SQL.", "unknown_topics"),)
    )


def test_remarks_are_passed_on_also_without_a_new_question(pool: DraftCache) -> None:
    draft = a_draft("What is a list?")
    bank = Remarking(
        Batch((draft,), QuestionSource.BANK, remarks=(Message.verbatim("“K8s” was mapped to “DevOps”."),))
    )

    (batch,) = QuestionSourcing([bank], pool).write(BRIEF, 2, ["What is a list?"], lambda: bank.is_done)

    assert batch == Batch(
        (), QuestionSource.BANK, remarks=(Message.verbatim("“K8s” was mapped to “DevOps”."),)
    )
