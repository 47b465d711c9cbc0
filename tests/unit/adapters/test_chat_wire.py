from __future__ import annotations

import json
import time
from email.utils import formatdate

import pytest

from adapters.llm.chat import ChatReply, ProviderFault
from adapters.llm.wire import error_for_status, failed_generation, read_reply, read_retry_after
from core.domain.generation.briefs import TokenUsage


def test_it_works() -> None:
    body = {
        "choices": [{"message": {"content": "hello"}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    assert read_reply(json.dumps(body).encode()) == ChatReply("hello", TokenUsage(3, 4), is_cut=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [null]}',
        b'{"choices": [{"message": {"content": null}}], "usage": [1]}',
        b'{"choices": [{"message": {"content": 7}}], "usage": {"prompt_tokens": "7"}}',
        b"[" * 100_000,
    ],
)
def test_another_shape_is_a_reply_without_text(body: bytes) -> None:
    assert read_reply(body) == ChatReply("")


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (302, ProviderFault.REJECTED),
        (400, ProviderFault.REJECTED),
        (401, ProviderFault.REJECTED),
        (408, ProviderFault.TIMEOUT),
        (429, ProviderFault.RATE_LIMITED),
        (498, ProviderFault.UNAVAILABLE),
        (500, ProviderFault.UNAVAILABLE),
        (504, ProviderFault.TIMEOUT),
    ],
)
def test_a_status_has_its_meaning(status: int, fault: ProviderFault) -> None:
    error = error_for_status(status, {}, b"not json")
    assert error.fault is fault
    assert error.as_failure().code == fault.value
    assert error.as_failure().is_transient is (fault is not ProviderFault.REJECTED)


def test_of_a_body_only_a_plain_code_reaches_our_log() -> None:
    named = error_for_status(401, {}, b'{"error": {"code": "invalid_api_key", "message": "gsk_secret"}}')
    odd = error_for_status(401, {}, b'{"error": {"code": "Key gsk_secret\\n", "message": "x"}}')
    assert str(named) == "provider_rejected: HTTP 401 invalid_api_key"
    assert str(odd) == "provider_rejected: HTTP 401"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        (formatdate(0, usegmt=True), 0.0),
        ("-1", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert read_retry_after(header) == seconds


def test_a_date_to_come_is_seconds_from_now() -> None:
    seconds = read_retry_after(formatdate(time.time() + 60, usegmt=True))
    assert seconds == pytest.approx(60, abs=2)


@pytest.mark.parametrize(
    ("body", "written"),
    [
        (b'{"error": {"code": "json_validate_failed", "failed_generation": "{"}}', "{"),
        (b'{"error": {"code": "json_validate_failed"}}', ""),
        (b'{"error": {"code": "other", "failed_generation": "{"}}', None),
        (b'{"error": "text"}', None),
        (b"", None),
    ],
)
def test_text_in_a_refusal_is_found(body: bytes, written: str | None) -> None:
    assert failed_generation(body) == written
