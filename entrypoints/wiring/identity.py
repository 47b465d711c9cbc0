"""Wiring of accounts, logins, passwords, email preferences and the audit log."""

from __future__ import annotations

import os
from dataclasses import dataclass

from adapters.crypto.bounded_hasher import BoundedHasher, Threads
from adapters.crypto.passwords import BcryptHasher
from adapters.crypto.tokens import SignedTokens
from adapters.memory.cache import MemoryExpiringCache
from adapters.system.threads import PooledThreads
from adapters.zxcvbn.common_passwords import ZxcvbnCommonPasswords
from core.services.identity.account_emails import AccountEmails
from core.services.identity.accounts import AccountService
from core.services.identity.active_login_cache import ActiveLoginCache
from core.services.identity.audit_log import AuditLog
from core.services.identity.email_preferences import EmailPreferenceService
from core.services.identity.email_verification import EmailVerificationService
from core.services.identity.login_throttle import LoginThrottle
from core.services.identity.logins import LoginService
from core.services.identity.password_change import PasswordChangeService
from core.services.identity.password_reset import PasswordResetService
from core.services.identity.password_reset_otp import PasswordResetOtpService
from core.services.identity.password_rules import PasswordRules
from core.services.identity.passwords import PasswordService
from core.services.identity.reset_secrets import ResetSecrets
from entrypoints.settings import Settings
from entrypoints.wiring.foundation import Foundation
from entrypoints.wiring.live import Live
from entrypoints.wiring.mail import Mail
from ports.identity import PasswordHasher


@dataclass(frozen=True, slots=True)
class Identity:
    accounts: AccountService
    account_emails: AccountEmails
    logins: LoginService
    password_change: PasswordChangeService
    password_reset_otp: PasswordResetOtpService
    password_reset: PasswordResetService
    email_preferences: EmailPreferenceService
    email_verification: EmailVerificationService
    audit_log: AuditLog


def password_threads(settings: Settings, processes: int = 1) -> int:
    """How many threads hash passwords in each of so many processes on this machine."""
    return settings.password_checks_at_once or max(1, (_cores() - 1) // processes)


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def bounded_hasher(settings: Settings, threads: Threads | None = None) -> PasswordHasher:
    """bcrypt at the cost of the settings, in threads of this process unless others are given."""
    return BoundedHasher(
        BcryptHasher(settings.bcrypt_cost), threads or PooledThreads(password_threads(settings))
    )


def build_passwords(foundation: Foundation, hasher: PasswordHasher) -> PasswordService:
    rules = PasswordRules(hasher, ZxcvbnCommonPasswords(), foundation.settings.min_password_length)
    throttle = LoginThrottle(foundation.shared.limiter, foundation.system.sleeper)
    return PasswordService(hasher, rules, throttle)


def build_identity(
    foundation: Foundation, mail: Mail, live: Live, hasher: PasswordHasher | None = None
) -> Identity:
    """`hasher` defaults to bcrypt in a few threads, with the cost from the settings."""
    settings, stores, shared, system = (
        foundation.settings,
        foundation.stores,
        foundation.shared,
        foundation.system,
    )
    hasher = hasher or bounded_hasher(settings)
    audit_log = AuditLog(stores.security_events, foundation.signer, system.clock, system.ids)
    passwords = build_passwords(foundation, hasher)
    logins = LoginService(
        stores.logins,
        stores.users,
        SignedTokens(settings.secret_keys),
        ActiveLoginCache(stores.logins, system.clock, MemoryExpiringCache(system.clock)),
        live.channel,
        mail.outbox,
        audit_log,
        system,
    )
    account_emails = AccountEmails(stores.users, mail.outbox)
    secrets = ResetSecrets(shared.secrets, foundation.signer, system.randomness)
    password_change = PasswordChangeService(
        stores.users, logins, passwords, account_emails, audit_log, system.clock
    )
    return Identity(
        accounts=AccountService(
            stores.users, logins, passwords, account_emails, audit_log, system.clock, system.ids
        ),
        account_emails=account_emails,
        logins=logins,
        password_change=password_change,
        password_reset_otp=PasswordResetOtpService(
            stores.users, secrets, shared.limiter, mail.outbox, audit_log, system
        ),
        password_reset=PasswordResetService(
            stores.users, logins, secrets, passwords, password_change, audit_log
        ),
        email_preferences=EmailPreferenceService(stores.users, mail.unsubscribe_links, system.clock),
        email_verification=EmailVerificationService(
            stores.users,
            mail.verification_links,
            mail.outbox,
            shared.limiter,
            audit_log,
            system,
            is_required=settings.require_verified_email,
        ),
        audit_log=audit_log,
    )
