"""Parsing of a chat model's reply into drafts: lenient about the wrapping, strict about each question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import get_close_matches

from adapters.llm.planning import CallPlan
from adapters.llm.text import cleaned, cleaned_label
from core.domain.generation.briefs import Brief
from core.domain.library.questions import MAX_ANSWER_LENGTH, MAX_QUESTION_LENGTH, Difficulty, QuestionDraft
from core.domain.library.sessions import MAX_LABEL_LENGTH, MAX_TAGS, distinct_tags

_MAX_REPLY_LENGTH = 1_000_000
_MAX_FALSE_STARTS = 200  # bounds the work on text full of braces
_MAX_DEPTH = 4
_TOPIC_LIKENESS = 0.6

_DECODER = json.JSONDecoder(strict=False)  # models leave raw line feeds in strings

_DIFFICULTIES = {
    **dict.fromkeys(("easy", "beginner", "basic", "simple", "low", "junior", "entry"), Difficulty.EASY),
    **dict.fromkeys(("medium", "intermediate", "moderate", "normal", "mid", "average"), Difficulty.MEDIUM),
    **dict.fromkeys(("hard", "advanced", "difficult", "expert", "high", "senior"), Difficulty.HARD),
}


def read_drafts(reply: str, brief: Brief, ask: CallPlan) -> tuple[QuestionDraft, ...]:
    """The usable questions of a reply. Each unusable one is left out."""
    drafts = (_draft(item, brief, ask) for item in find_questions(reply))
    return tuple(draft for draft in drafts if draft is not None)


def find_questions(reply: str) -> Iterator[dict[str, object]]:
    """Every complete JSON object that contains a question.

    This handles fenced JSON, prose before and after, a bare list, and JSON that was cut off. Text that
    cannot be parsed as a whole is searched for objects.
    """
    text = reply[:_MAX_REPLY_LENGTH]
    position = text.find("{")
    false_starts = 0
    while position != -1 and false_starts < _MAX_FALSE_STARTS:
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            false_starts += 1
            end = position + 1
        else:
            yield from _questions_in(value, _MAX_DEPTH)
        position = text.find("{", end)


def _questions_in(value: object, depth: int) -> Iterator[dict[str, object]]:
    if depth == 0:
        return
    if isinstance(value, dict) and "answer" in value:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _questions_in(inner, depth - 1)


def _draft(item: dict[str, object], brief: Brief, ask: CallPlan) -> QuestionDraft | None:
    text = _text(item.get("text", item.get("question")), MAX_QUESTION_LENGTH)
    answer = _text(item.get("answer"), MAX_ANSWER_LENGTH)
    if not text or not answer:
        return None
    return QuestionDraft(
        text=text,
        answer=answer,
        difficulty=_difficulty(item.get("difficulty"), brief, ask),
        topic=_topic(item.get("topic"), brief, ask),
        category=_label(item.get("category")),
        tags=_tags(item.get("tags")),
    )


def _text(value: object, max_length: int) -> str:
    text = cleaned(value) if isinstance(value, str) else ""
    return text if len(text) <= max_length else ""


def _label(value: object) -> str:
    label = cleaned_label(value) if isinstance(value, str) else ""
    return label if len(label) <= MAX_LABEL_LENGTH else ""


def _difficulty(value: object, brief: Brief, ask: CallPlan) -> Difficulty:
    if brief.difficulty is not None:
        return brief.difficulty
    named = _DIFFICULTIES.get(value.strip().casefold()) if isinstance(value, str) else None
    return named or max(ask.difficulties, key=lambda difficulty: ask.difficulties[difficulty])


def _topic(value: object, brief: Brief, ask: CallPlan) -> str:
    asked = {topic.casefold(): topic for topic in (*ask.topics, *brief.topics)}
    near = get_close_matches(_label(value).casefold(), asked, n=1, cutoff=_TOPIC_LIKENESS)
    return asked[near[0]] if near else next(iter(ask.topics))


def _tags(value: object) -> tuple[str, ...]:
    labels = (_label(tag) for tag in value) if isinstance(value, list) else ()
    return distinct_tags(tuple(labels))[:MAX_TAGS]
