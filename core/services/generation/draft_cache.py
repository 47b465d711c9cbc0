"""A cache of drafts from AI providers, so that an equal request uses no tokens."""

from __future__ import annotations

import dataclasses
import json

from core.domain.generation.briefs import Brief
from core.domain.library.questions import Difficulty, QuestionDraft, QuestionSource
from ports.cache import Cache

_TTL_SECONDS = 7 * 24 * 3600
_MAX_POOLED = 300

Written = tuple[QuestionSource, QuestionDraft]


class DraftCache:
    """Drafts by the fingerprint of their brief, oldest first."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def drafts(self, brief: Brief) -> list[Written]:
        content = self._cache.get(_key(brief))
        if content is None:
            return []
        try:
            return [(QuestionSource(source), _draft(fields)) for source, fields in json.loads(content)]
        except (ValueError, TypeError, KeyError):  # written by another release
            return []

    def add(self, brief: Brief, written: list[Written]) -> None:
        """Add drafts. If two processes add at the same time, one addition may be lost, as in any cache."""
        if not written:
            return
        pooled = (self.drafts(brief) + written)[-_MAX_POOLED:]
        content = json.dumps([(source, dataclasses.asdict(draft)) for source, draft in pooled])
        self._cache.put(_key(brief), content.encode(), _TTL_SECONDS)


def _key(brief: Brief) -> str:
    return f"questions:{brief.fingerprint}"


def _draft(fields: dict[str, str]) -> QuestionDraft:
    return QuestionDraft(
        text=fields["text"],
        answer=fields["answer"],
        difficulty=Difficulty(fields["difficulty"]),
        topic=fields["topic"],
        category=fields["category"],
        tags=tuple(fields["tags"]),
    )
