"""The result of a job that writes questions, over all of its attempts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from core.domain.generation.briefs import Batch, TokenUsage
from core.domain.jobs.jobs import Job
from core.domain.json import JsonObject
from core.domain.messages import Message


@dataclass(frozen=True, slots=True)
class GenerationResult:
    """`remarks` explain how the request was interpreted, without duplicates."""

    requested: int
    question_ids: tuple[str, ...] = ()
    usage: TokenUsage = field(default_factory=TokenUsage)
    remarks: tuple[Message, ...] = ()

    @classmethod
    def so_far(cls, job: Job, requested: int) -> Self:
        """The result with the token usage and remarks of earlier attempts."""
        return replace(cls.from_json(job.result), requested=requested, question_ids=())

    @classmethod
    def from_json(cls, result: JsonObject) -> Self:
        usage = result.get("usage", {})
        return cls(
            requested=result.get("requested", 0),
            question_ids=tuple(result.get("question_ids", ())),
            usage=TokenUsage(usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)),
            remarks=tuple(Message.from_json(remark) for remark in result.get("remarks", ())),
        )

    def to_json(self) -> JsonObject:
        return {
            "question_ids": list(self.question_ids),
            "requested": self.requested,
            "usage": {
                "prompt_tokens": self.usage.prompt_tokens,
                "completion_tokens": self.usage.completion_tokens,
            },
            "remarks": [remark.to_json() for remark in self.remarks],
        }

    def plus(self, batch: Batch) -> Self:
        return replace(self, usage=self.usage + batch.usage).remarking(*batch.remarks)

    def remarking(self, *remarks: Message) -> Self:
        known = list(self.remarks)
        known += [remark for remark in remarks if remark not in known]
        return replace(self, remarks=tuple(known))

    def made(self, question_ids: Iterable[str]) -> Self:
        return replace(self, question_ids=tuple(sorted(question_ids)))

    def summary(self) -> Message:
        """The last progress message of the job, with the remarks."""
        made = len(self.question_ids)
        code = "questions_added" if made == self.requested else "some_questions_added"
        if not self.remarks:
            return Message(code, {"made": made})
        also = [remark.to_json() for remark in self.remarks]
        return Message(f"{code}_with_remarks", {"made": made, "also": also})
