from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from adapters.breaker import GuardedGenerator
from core.domain.generation.briefs import Batch, Brief, GenerationFailed
from core.domain.library.questions import Difficulty, QuestionDraft, QuestionSource
from core.domain.library.sessions import Experience
from core.domain.messages import Message

BRIEF = Brief("Engineer", Experience.MID, ("Python",))
BATCH = Batch((QuestionDraft("What?", "That.", Difficulty.EASY, "Python"),), QuestionSource.GROQ)
PASSING = GenerationFailed(Message.verbatim("Too long.", "provider_timeout"), is_transient=True)
LASTING = GenerationFailed(Message.verbatim("Never heard.", "unknown_topics"), is_transient=False)


class Scripted:
    """A generator that gives what it was told: batches, and failures in between."""

    source = QuestionSource.GROQ

    def __init__(self, *script: Batch | Exception) -> None:
        self.script = script
        self.calls = 0
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True

    def generate(
        self, brief: Brief, count: int, avoid: Sequence[str], should_stop: Callable[[], bool]
    ) -> Iterator[Batch]:
        self.calls += 1
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            yield step


def run(guarded: GuardedGenerator) -> list[Batch]:
    return list(guarded.generate(BRIEF, 2, (), lambda: False))


def fail(guarded: GuardedGenerator, times: int = 1) -> list[str]:
    codes = []
    for _ in range(times):
        with pytest.raises(GenerationFailed) as caught:
            run(guarded)
        codes.append(caught.value.code)
    return codes


def test_it_works() -> None:
    guarded = GuardedGenerator(Scripted(BATCH, BATCH))
    assert run(guarded) == [BATCH, BATCH]
    assert guarded.source is QuestionSource.GROQ
    assert guarded.is_closed


def test_a_generator_that_keeps_failing_is_left_alone() -> None:
    inner = Scripted(PASSING)
    guarded = GuardedGenerator(inner)
    assert fail(guarded, 6) == ["provider_timeout"] * 5 + ["provider_unavailable"]
    assert inner.calls == 5
    assert not guarded.is_closed


def test_the_refusal_is_transient() -> None:
    guarded = GuardedGenerator(Scripted(PASSING), max_failures=1)
    fail(guarded)
    with pytest.raises(GenerationFailed) as caught:
        run(guarded)
    assert (caught.value.code, caught.value.is_transient) == ("provider_unavailable", True)


def test_a_failure_after_some_batches_counts_and_the_batches_are_kept() -> None:
    inner = Scripted(BATCH, PASSING)
    guarded = GuardedGenerator(inner, max_failures=1)
    batches = guarded.generate(BRIEF, 2, (), lambda: False)
    assert next(batches) == BATCH
    with pytest.raises(GenerationFailed) as caught:
        next(batches)
    assert caught.value is PASSING
    assert not guarded.is_closed


def test_an_error_of_our_own_counts_too() -> None:
    guarded = GuardedGenerator(Scripted(RuntimeError("a bug")), max_failures=1)
    with pytest.raises(RuntimeError, match="a bug"):
        run(guarded)
    assert not guarded.is_closed


def test_lasting_refusals_do_not_count() -> None:
    inner = Scripted(LASTING)
    assert fail(GuardedGenerator(inner, max_failures=2), 4) == ["unknown_topics"] * 4
    assert inner.calls == 4


def test_an_abandoned_generation_does_not_count() -> None:
    guarded = GuardedGenerator(Scripted(BATCH, BATCH), max_failures=1)
    batches = guarded.generate(BRIEF, 2, (), lambda: False)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert guarded.is_closed


def test_a_success_in_between_starts_the_count_anew() -> None:
    inner = Scripted(PASSING)
    guarded = GuardedGenerator(inner, max_failures=2)
    fail(guarded)
    inner.script = (BATCH,)
    run(guarded)
    inner.script = (PASSING,)
    fail(guarded)
    assert guarded.is_closed


def test_after_a_rest_a_success_lets_all_through_again() -> None:
    inner = Scripted(PASSING)
    guarded = GuardedGenerator(inner, max_failures=1, reset_seconds=0)
    fail(guarded)
    inner.script = (BATCH,)
    assert run(guarded) == [BATCH]
    assert guarded.is_closed


def test_after_a_rest_one_failure_is_enough_to_leave_it_alone_again() -> None:
    guarded = GuardedGenerator(Scripted(PASSING), max_failures=3, reset_seconds=0)
    fail(guarded, 3)
    assert fail(guarded) == ["provider_timeout"]
    assert not guarded.is_closed


def test_after_a_rest_only_one_generation_at_a_time_is_let_through() -> None:
    inner = Scripted(PASSING)
    guarded = GuardedGenerator(inner, max_failures=1, reset_seconds=0)
    fail(guarded)
    inner.script = (BATCH, BATCH)
    trial = guarded.generate(BRIEF, 2, (), lambda: False)
    next(trial)
    assert fail(guarded) == ["provider_unavailable"]
    assert inner.calls == 2
    assert list(trial) == [BATCH]
    assert run(guarded) == [BATCH, BATCH]


def test_generations_run_side_by_side() -> None:
    guarded = GuardedGenerator(Scripted(BATCH, BATCH))
    one, other = (guarded.generate(BRIEF, 2, (), lambda: False) for _ in range(2))
    assert [next(one), next(other), next(one), next(other)] == [BATCH] * 4


def test_the_generator_inside_is_closed_with_it() -> None:
    inner = Scripted(BATCH)
    GuardedGenerator(inner).close()

    assert inner.is_closed
