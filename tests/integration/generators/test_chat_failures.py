"""Providers that fail, and callers who want no more: the same for every generator over a chat model."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from email.utils import formatdate

import pytest

from adapters.llm.generator import ChatQuestionGenerator, GenerationLimits
from core.domain.generation.briefs import Batch, Brief, GenerationFailed
from tests import fake_llm
from tests.building import words
from tests.fake_llm import SECRET_OF_THE_PROVIDER, FakeLlm
from tests.integration.generators.conftest import (
    KEY,
    QUICK,
    QUICK_CALLS,
    MakeGenerator,
    failure_of,
    no_thread_is_left,
    run,
)


@pytest.mark.parametrize(
    "behaviour",
    [
        fake_llm.failing(500),
        fake_llm.failing(503),
        fake_llm.failing(408),
        fake_llm.rate_limited("0"),
        fake_llm.rate_limited(formatdate(0, usegmt=True)),
        fake_llm.rate_limited(),
        fake_llm.dropped,
    ],
    ids=["500", "503", "408", "429 for 0 s", "429 until a past date", "429", "dropped connection"],
)
def test_a_passing_fault_is_outlived(
    generator: ChatQuestionGenerator, brief: Brief, llm: FakeLlm, behaviour: fake_llm.Behaviour
) -> None:
    llm.behave(behaviour, behaviour, fake_llm.good)
    assert len(run(generator, brief)) == 10
    assert len(llm.requests) == 3


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (fake_llm.failing(500), "provider_unavailable"),
        (fake_llm.dropped, "provider_unavailable"),
        (fake_llm.failing(504), "provider_timeout"),
        (fake_llm.rate_limited("0"), "provider_rate_limited"),
    ],
)
def test_a_fault_that_stays_is_given_up_after_three_retries(
    generator: ChatQuestionGenerator, brief: Brief, llm: FakeLlm, behaviour: fake_llm.Behaviour, code: str
) -> None:
    llm.behave(behaviour)
    failure = failure_of(generator, brief)
    assert (failure.code, failure.is_transient) == (code, True)
    assert len(llm.requests) == 4


@pytest.mark.parametrize("retry_after", ["21", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_a_provider_that_wants_a_long_rest_is_given_up_at_once(
    generator: ChatQuestionGenerator, brief: Brief, llm: FakeLlm, retry_after: str
) -> None:
    llm.behave(fake_llm.rate_limited(retry_after))
    failure = failure_of(generator, brief)
    assert (failure.code, failure.is_transient) == ("provider_rate_limited", True)
    assert len(llm.requests) == 1


def test_the_rest_that_a_provider_asks_for_is_given(
    make_generator: MakeGenerator, brief: Brief, llm: FakeLlm
) -> None:
    llm.behave(fake_llm.rate_limited("1"), fake_llm.good)
    began = time.monotonic()
    assert len(run(make_generator(QUICK), brief)) == 10
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_refusal_is_lasting_and_tells_nothing_internal(
    generator: ChatQuestionGenerator,
    brief: Brief,
    llm: FakeLlm,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    llm.behave(fake_llm.rejecting(status))
    with caplog.at_level(logging.INFO):
        failure = failure_of(generator, brief)
    assert (failure.code, failure.is_transient) == ("provider_rejected", False)
    assert len(llm.requests) <= 2
    told = words(failure.message) + repr(failure) + repr(failure.__cause__) + caplog.text
    assert KEY not in told
    assert SECRET_OF_THE_PROVIDER not in told
    assert f"HTTP {status}" in caplog.text


def test_nobody_listens(make_generator: MakeGenerator, brief: Brief, llm: FakeLlm) -> None:
    generator = make_generator(QUICK)
    llm.close()
    assert failure_of(generator, brief).code == "provider_unavailable"


def test_a_call_that_takes_too_long_is_a_timeout(
    make_generator: MakeGenerator, brief: Brief, llm: FakeLlm
) -> None:
    llm.behave(fake_llm.slow(1))
    limits = replace(QUICK, calls=replace(QUICK_CALLS, timeout_seconds=0.1, max_retries=1))
    failure = failure_of(make_generator(limits), brief)
    assert (failure.code, failure.is_transient) == ("provider_timeout", True)
    assert len(llm.requests) == 2


def test_a_generation_ends_at_its_deadline_and_keeps_what_came(
    make_generator: MakeGenerator, brief: Brief, llm: FakeLlm
) -> None:
    llm.behave(fake_llm.good, fake_llm.slow(1))
    arrived: list[Batch] = []
    with pytest.raises(GenerationFailed) as caught:
        arrived.extend(
            make_generator(replace(QUICK, deadline_seconds=0.3)).generate(brief, 20, (), lambda: False)
        )
    assert caught.value.code == "provider_timeout"
    assert [len(batch.drafts) for batch in arrived] == [10]


def test_batches_that_arrived_before_a_failure_are_delivered(
    generator: ChatQuestionGenerator, brief: Brief, llm: FakeLlm
) -> None:
    llm.behave(fake_llm.good, fake_llm.rate_limited("60"))
    arrived: list[Batch] = []
    with pytest.raises(GenerationFailed):
        arrived.extend(generator.generate(brief, 20, (), lambda: False))
    assert [len(batch.drafts) for batch in arrived] == [10]


def test_nothing_is_begun_once_stopped(generator: ChatQuestionGenerator, brief: Brief, llm: FakeLlm) -> None:
    assert list(generator.generate(brief, 10, (), lambda: True)) == []
    assert llm.requests == []


def test_stopping_ends_a_generation_that_waits_for_its_provider(
    make_generator: MakeGenerator, brief: Brief, llm: FakeLlm
) -> None:
    """Also one that waits between retries, and without a failure."""
    llm.behave(fake_llm.rate_limited("15"))
    began = time.monotonic()
    generator = make_generator(QUICK)
    assert list(generator.generate(brief, 10, (), lambda: len(llm.requests) > 0)) == []
    assert no_thread_is_left()
    assert time.monotonic() - began < 5


def test_an_abandoned_generation_begins_no_further_calls(
    make_generator: MakeGenerator, brief: Brief, llm: FakeLlm
) -> None:
    limits: GenerationLimits = replace(QUICK, parallel_calls=1)
    llm.behave(fake_llm.good, fake_llm.slow(0.2))
    batches = make_generator(limits).generate(brief, 50, (), lambda: False)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert no_thread_is_left()
    assert len(llm.requests) <= 2
