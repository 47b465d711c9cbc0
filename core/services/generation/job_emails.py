"""The end of a job, as a mail."""

from __future__ import annotations

from core.domain.jobs.jobs import Job, JobKind, JobStatus
from core.domain.json import JsonObject
from core.domain.mail.emails import EmailKind
from core.services.mail.outbox import OutboxService
from core.services.representations import readable_time
from ports.identity import UserRepository
from ports.library import ExportRepository, SessionRepository

_KINDS = {
    JobKind.GENERATE_QUESTIONS: EmailKind.GENERATION_COMPLETE,
    JobKind.EXPORT_SESSION: EmailKind.EXPORT_READY,
}


class JobEmails:
    """`public_url` is where the links of the mails lead."""

    def __init__(
        self,
        outbox: OutboxService,
        users: UserRepository,
        sessions: SessionRepository,
        exports: ExportRepository,
        public_url: str,
    ) -> None:
        self._outbox = outbox
        self._users = users
        self._sessions = sessions
        self._exports = exports
        self._public_url = public_url

    def follow(self, job: Job) -> None:
        kind = _KINDS.get(job.kind)
        user = self._users.get(job.user_id)
        if kind is None or user is None or job.status is JobStatus.CANCELLED or job.finished_at is None:
            return
        context = self._of_generation(job) if kind is EmailKind.GENERATION_COMPLETE else self._of_export(job)
        if context is None:
            return
        self._outbox.post(
            kind,
            user,
            {
                "failed": job.error is not None,
                "error_detail": job.error.detail if job.error else "",
                **context,
            },
            cause=f"job {job.id} attempt {job.attempts}",
            caused_at=job.finished_at,
        )

    def _of_generation(self, job: Job) -> JsonObject | None:
        session = self._sessions.get(job.user_id, job.params["session_id"])
        if session is None:
            return None
        return {
            "role": session.role,
            "made": len(job.result.get("question_ids", ())),
            "requested": job.params["count"],
            "session_url": f"{self._public_url}/api/v1/sessions/{session.id}",
        }

    def _of_export(self, job: Job) -> JsonObject | None:
        export_id = job.result.get("export_id")
        if export_id is None:
            nothing = {"file_name": "", "size_bytes": 0, "expires_at": "", "download_url": self._public_url}
            return nothing if job.error is not None else None
        export = self._exports.get(job.user_id, export_id)
        if export is None:
            return None
        return {
            "file_name": export.file_name,
            "size_bytes": export.size_bytes,
            "expires_at": readable_time(export.expires_at),
            "download_url": f"{self._public_url}/api/v1/exports/{export.id}/download",
        }
