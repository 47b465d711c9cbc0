"""What a job that writes questions has to show, over all of its attempts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.domain.generation.briefs import Batch, TokenUsage
from core.domain.jobs.jobs import Job
from core.domain.json import JsonObject


@dataclass(frozen=True, slots=True)
class GenerationResult:
    """`remarks` are sentences for the user, each once."""

    requested: int
    usage: TokenUsage
    remarks: tuple[str, ...]

    @classmethod
    def so_far(cls, job: Job, requested: int) -> GenerationResult:
        """What earlier attempts have cost and remarked already."""
        usage = job.result.get("usage", {})
        return cls(
            requested,
            TokenUsage(usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)),
            tuple(job.result.get("remarks", ())),
        )

    def plus(self, batch: Batch) -> GenerationResult:
        return replace(self, usage=self.usage + batch.usage).remarking(*batch.remarks)

    def remarking(self, *remarks: str) -> GenerationResult:
        return replace(self, remarks=tuple(dict.fromkeys(self.remarks + remarks)))

    def summary(self, made: int) -> str:
        """The last message of the job, with the remarks."""
        message = "Done" if made == self.requested else f"Only {made} new questions could be added"
        return f"{message}. {' '.join(self.remarks)}" if self.remarks else message

    def content(self, question_ids: Iterable[str]) -> JsonObject:
        """The result of the job."""
        return {
            "question_ids": sorted(question_ids),
            "requested": self.requested,
            "usage": {
                "prompt_tokens": self.usage.prompt_tokens,
                "completion_tokens": self.usage.completion_tokens,
            },
            "remarks": list(self.remarks),
        }
