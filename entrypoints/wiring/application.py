"""The composition root: from the settings to every use case, fully wired by plain constructor calls.

Drivers are imported where they are chosen, so that an embedded start does not pay for MongoDB.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.crypto.passwords import BcryptHasher
from adapters.crypto.tokens import SignedTokens
from adapters.crypto.vault import KeyedVault
from adapters.huey.queue import HueyQueue, memory_huey, redis_huey, sqlite_huey
from adapters.jinja.renderer import JinjaEmailRenderer
from adapters.memory.cache import MemoryExpiringCache
from adapters.system.clock import SystemClock
from adapters.system.heartbeat import ThreadHeartbeat
from adapters.system.ids import UlidIds
from adapters.system.randomness import SystemRandomness
from adapters.system.sleeper import ThreadSleeper
from adapters.zxcvbn.common_passwords import ZxcvbnCommonPasswords
from core.domain.jobs.jobs import JobKind
from core.domain.library.limits import DEFAULT_LIMITS, LibraryLimits
from core.domain.retries import RetryPolicy
from core.services.generation.draft_cache import DraftCache
from core.services.generation.generation import GenerateQuestions, GenerationService, RegenerateQuestion
from core.services.generation.job_emails import JobEmails
from core.services.generation.sourcing import QuestionSourcing
from core.services.identity.accounts import AccountService
from core.services.identity.active_login_cache import ActiveLoginCache
from core.services.identity.audit_log import AuditLog
from core.services.identity.email_preferences import EmailPreferenceService
from core.services.identity.login_throttle import LoginThrottle
from core.services.identity.logins import LoginService
from core.services.identity.password_change import PasswordChangeService
from core.services.identity.password_reset import PasswordResetService
from core.services.identity.password_rules import PasswordRules
from core.services.jobs.chores import ChoreRunner, DueJobs
from core.services.jobs.events import JobEvents
from core.services.jobs.follow_ups import JobFollowUps
from core.services.jobs.idempotency import IdempotencyService
from core.services.jobs.jobs import JobService
from core.services.jobs.operations import JobAdminService
from core.services.jobs.runner import JobRunner
from core.services.library.exports import ExportService, ExportSession
from core.services.library.questions import QuestionService
from core.services.library.sessions import SessionService
from core.services.live.notifications import JobNotifications, NotificationService
from core.services.live.publisher import LivePublisher
from core.services.mail.delivery_reports import DeliveryReportService
from core.services.mail.outbox import OutboxService
from core.services.mail.sender import EmailSender
from core.services.operations.health import Dependency, HealthService
from entrypoints.settings import Settings
from entrypoints.wiring.document_writers import document_writers
from entrypoints.wiring.mail_transports import delivery_reports, mail_transport, message_id_host
from entrypoints.wiring.question_generators import question_generators
from entrypoints.wiring.shared_state import shared_state
from entrypoints.wiring.stores import open_stores
from ports.cryptography import Vault
from ports.generation import QuestionGenerator
from ports.identity import PasswordHasher
from ports.live import EventChannel
from ports.mail import DeliveryReports
from ports.rate_limits import RateLimiter
from ports.system import Clock, Sleeper

PRODUCT_NAME = "Interview Prep"


@dataclass(frozen=True, slots=True)
class Application:
    """The product: its use cases, and the parts that its entrypoints hold on to."""

    settings: Settings
    accounts: AccountService
    logins: LoginService
    password_change: PasswordChangeService
    password_reset: PasswordResetService
    security_trail: AuditLog
    sessions: SessionService
    questions: QuestionService
    generation: GenerationService
    jobs: JobService
    job_operations: JobAdminService
    exports: ExportService
    notifications: NotificationService
    unsubscribing: EmailPreferenceService
    outbox: OutboxService
    delivery: DeliveryReportService
    delivery_reports: Mapping[str, DeliveryReports]
    runner: JobRunner
    mail_sender: EmailSender
    sweeper: ChoreRunner
    health: HealthService
    clock: Clock
    vault: Vault
    limiter: RateLimiter
    channel: EventChannel
    queue: HueyQueue
    close: Callable[[], None]


def build_application(
    settings: Settings,
    *,
    generators: Sequence[QuestionGenerator] | None = None,
    clock: Clock | None = None,
    passwords: PasswordHasher | None = None,
    pause: Sleeper | None = None,
    library_limits: LibraryLimits = DEFAULT_LIMITS,
) -> Application:
    """Tests may bring generators that do as they are told, a clock that they set, quick passwords and pauses.

    Raises SettingsError.
    """
    clock = clock or SystemClock()
    pause = pause or ThreadSleeper()
    passwords = passwords or BcryptHasher(settings.bcrypt_cost)
    ids, chance, vault = UlidIds(), SystemRandomness(), KeyedVault(settings.secret_keys)
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    transport = mail_transport(settings)
    stores = open_stores(settings)
    state = shared_state(settings)
    queue = _queue(settings)

    live = LivePublisher(state.channel, clock, MemoryExpiringCache(clock))
    events = JobEvents((live,))
    outbox = OutboxService(stores.mails, queue, vault, clock, ids)
    trail = AuditLog(stores.security_events, vault, clock, ids)
    notifications = NotificationService(stores.notifications, live, clock, ids)
    unsubscribing = EmailPreferenceService(
        stores.users, vault, clock, f"{settings.public_url}/api/v1/mail/unsubscribe"
    )

    logins = LoginService(
        logins=stores.logins,
        users=stores.users,
        tokens=SignedTokens(settings.secret_keys),
        watch=ActiveLoginCache(stores.logins, clock, MemoryExpiringCache(clock)),
        live=live,
        outbox=outbox,
        trail=trail,
        clock=clock,
        ids=ids,
        chance=chance,
    )
    rules = PasswordRules(passwords, ZxcvbnCommonPasswords(), settings.min_password_length)
    throttle = LoginThrottle(state.limiter, pause)
    password_change = PasswordChangeService(
        stores.users, logins, passwords, rules, throttle, outbox, trail, clock
    )
    password_reset = PasswordResetService(
        users=stores.users,
        logins=logins,
        secrets=state.secrets,
        limiter=state.limiter,
        rules=rules,
        passwords=password_change,
        outbox=outbox,
        trail=trail,
        vault=vault,
        clock=clock,
        ids=ids,
        chance=chance,
        pause=pause,
    )
    accounts = AccountService(stores.users, logins, passwords, rules, throttle, outbox, trail, clock, ids)

    policies = {kind: RetryPolicy(max_attempts=settings.job_max_attempts) for kind in JobKind}
    idempotency = IdempotencyService(stores.keyed_requests, clock, ids)
    jobs = JobService(stores.jobs, queue, idempotency, events, policies, clock, ids)
    sessions = SessionService(stores.sessions, stores.questions, clock, ids)
    questions = QuestionService(stores.questions, sessions, clock, ids, library_limits)
    exports = ExportService(stores.exports, stores.files, sessions, stores.questions, jobs, clock)
    generators = question_generators(settings) if generators is None else generators
    writer = QuestionSourcing(generators, DraftCache(state.cache))
    consequences = JobFollowUps(
        stores.jobs,
        (
            JobNotifications(notifications),
            JobEmails(outbox, stores.users, stores.sessions, stores.exports, settings.public_url),
        ),
        clock,
    )
    runner = JobRunner(
        jobs=stores.jobs,
        handlers=(
            GenerateQuestions(stores.sessions, stores.questions, writer, clock, ids, library_limits),
            RegenerateQuestion(stores.sessions, stores.questions, writer, clock),
            ExportSession(
                stores.exports,
                stores.files,
                stores.sessions,
                stores.questions,
                document_writers(),
                clock,
                ids,
                library_limits,
            ),
        ),
        policies=policies,
        consequences=consequences,
        events=events,
        clock=clock,
        chance=chance,
        heartbeat=ThreadHeartbeat(),
        owner=owner,
        lease_lifetime=settings.job_lease,
        max_running_per_user=settings.max_running_jobs_per_user,
    )
    mail_sender = EmailSender(
        mails=stores.mails,
        suppressions=stores.suppressions,
        renderer=JinjaEmailRenderer(PRODUCT_NAME, settings.public_url),
        transport=transport,
        unsubscribing=unsubscribing,
        queue=queue,
        vault=vault,
        clock=clock,
        chance=chance,
        owner=owner,
        host=message_id_host(settings),
    )
    sweeper = ChoreRunner(
        {
            "due jobs": DueJobs(stores.jobs, queue, clock).sweep,
            "consequences": consequences.sweep,
            "outbox": outbox.sweep,
            "expired exports": exports.sweep,
            "deleted sessions": sessions.sweep,
            "idempotency keys": idempotency.sweep,
            "expired logins": lambda: stores.logins.remove_expired(clock.now() - timedelta(days=1)),
        }
    )

    def close() -> None:
        for generator in generators:
            generator.close()
        transport.close()
        stores.close()

    return Application(
        settings=settings,
        accounts=accounts,
        logins=logins,
        password_change=password_change,
        password_reset=password_reset,
        security_trail=trail,
        sessions=sessions,
        questions=questions,
        generation=GenerationService(sessions, questions, jobs),
        jobs=jobs,
        job_operations=JobAdminService(stores.jobs, jobs, queue, clock),
        exports=exports,
        notifications=notifications,
        unsubscribing=unsubscribing,
        outbox=outbox,
        delivery=DeliveryReportService(stores.mails, stores.suppressions, clock),
        delivery_reports=delivery_reports(settings, clock),
        runner=runner,
        mail_sender=mail_sender,
        sweeper=sweeper,
        health=HealthService(
            (Dependency("database", stores.database, is_required=True), *state.dependencies), clock
        ),
        clock=clock,
        vault=vault,
        limiter=state.limiter,
        channel=state.channel,
        queue=queue,
        close=close,
    )


def _queue(settings: Settings) -> HueyQueue:
    if settings.redis_url:
        return HueyQueue(redis_huey(settings.redis_url, settings.secret_keys[0]))
    if settings.is_in_memory:
        return HueyQueue(memory_huey())
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return HueyQueue(sqlite_huey(settings.data_dir / "queue.db", settings.secret_keys[0]))
