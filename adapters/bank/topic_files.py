"""The files of the bank: one JSON document per topic."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

from core.domain.library.questions import MAX_ANSWER_LENGTH, MAX_QUESTION_LENGTH, Difficulty, QuestionDraft
from core.domain.library.sessions import distinct_tags


@dataclass(frozen=True, slots=True)
class Shelf:
    """The questions on one topic. `aliases` are other names of the topic. `parts` are subtopics that many of
    the questions are about."""

    topic: str
    aliases: tuple[str, ...]
    parts: tuple[str, ...]
    drafts: tuple[QuestionDraft, ...]


def read_shelves(folder: Traversable) -> tuple[Shelf, ...]:
    """All shelves, sorted by topic. Raises ValueError, which names the file, for a file that is not valid."""
    shelves = []
    for file in folder.iterdir():
        if not file.name.endswith(".json"):
            continue
        try:
            shelves.append(_shelf(json.loads(file.read_text(encoding="utf-8"))))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"question bank: {file.name}: {error!r}") from error
    return tuple(sorted(shelves, key=lambda shelf: shelf.topic.casefold()))


def _shelf(content: dict[str, Any]) -> Shelf:
    topic = content["topic"].strip()
    return Shelf(
        topic=topic,
        aliases=_names(content, "aliases"),
        parts=_names(content, "parts"),
        drafts=tuple(_draft(topic, item) for item in content["questions"]),
    )


def _names(content: dict[str, Any], key: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in content.get(key, ()))
    if not all(any(map(str.isalnum, name)) for name in names):
        raise ValueError(f"no letter in one of the {key}")
    return names


def _draft(topic: str, item: dict[str, Any]) -> QuestionDraft:
    text, answer = item["text"].strip(), item["answer"].strip()
    if not 0 < len(text) <= MAX_QUESTION_LENGTH or not 0 < len(answer) <= MAX_ANSWER_LENGTH:
        raise ValueError(f"text or answer is empty or too long: {text[:60]!r}")
    return QuestionDraft(
        text=text,
        answer=answer,
        difficulty=Difficulty(item["difficulty"]),
        topic=topic,
        category=item.get("category", "").strip(),
        tags=distinct_tags(tuple(item.get("tags", ()))),
    )
