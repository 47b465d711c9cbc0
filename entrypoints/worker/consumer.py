from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

import redis
from huey import Huey
from huey.consumer import Consumer

from entrypoints.wiring.application import Application
from ports.queue import Work

log = logging.getLogger(__name__)

_MAX_POLLING_DELAY_SECONDS = 0.5
_OUTAGE_LINE_SECONDS = 10.0
_LAST_STEP = timedelta(seconds=1)
"""How long handlers have after the grace to notice that it is over."""


class _OutageInFewLines(logging.Filter):
    """While Redis is unavailable, every thread fails twice a second. One short line in a while is enough."""

    def __init__(self) -> None:
        super().__init__()
        self._quiet_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, redis.RedisError):
            return True
        if time.monotonic() < self._quiet_until:
            return False
        self._quiet_until = time.monotonic() + _OUTAGE_LINE_SECONDS
        record.msg, record.args, record.exc_info = "the job queue is unavailable: %s", (error,), None
        return True


_outage_in_few_lines = _OutageInFewLines()


class _QuietConsumer(Consumer):
    """Leaves the signals to the process that it lives in."""

    def __init__(self, huey: Huey, threads: int) -> None:
        # Nothing is ever scheduled, so the scheduler looks as seldom as it can.
        super().__init__(
            huey, workers=threads, periodic=False, max_delay=_MAX_POLLING_DELAY_SECONDS, scheduler_interval=60
        )

    def _set_signal_handlers(self) -> None:
        pass


class Worker:
    """Threads that run jobs, others that send emails, and one for the chores, in this process."""

    def __init__(self, application: Application) -> None:
        settings, queue = application.settings, application.foundation.queue
        self._runner = application.work.runner
        self._due_jobs = application.work.due_jobs
        self._chores = application.work.chores
        self._sweep_interval = settings.sweep_interval
        self._mail_sender = application.mail.sender
        queue.on(Work.JOB, self._run_job)
        queue.on(Work.MAIL, self._send_mail)
        self._consumers = (
            _QuietConsumer(queue.hueys[Work.JOB], settings.worker_threads),
            _QuietConsumer(queue.hueys[Work.MAIL], settings.mail_threads),
        )
        self._stopped = threading.Event()
        self._sweeping = threading.Thread(target=self._keep_sweeping, name="chores", daemon=True)

    def _run_job(self, job_id: str) -> None:
        """A hint wakes the worker; what it takes is for the ledger to say."""
        log.debug("woken for job %s", job_id)
        if self._runner.run_due(limit=1):
            self._due_jobs.hint_next()

    def _send_mail(self, mail_id: str) -> None:
        self._mail_sender.send_now(mail_id)

    def start(self) -> None:
        for thread in ("Worker", "Scheduler"):
            logging.getLogger(f"huey.consumer.{thread}").addFilter(_outage_in_few_lines)
        for consumer in self._consumers:
            consumer.start()
        self._sweeping.start()

    def _keep_sweeping(self) -> None:
        while not self._stopped.is_set():
            self._chores.run_due()
            self._stopped.wait(self._sweep_interval.total_seconds())

    def stop(self, grace: timedelta) -> None:
        """Begin nothing new, let what runs end within the grace, then give the rest back.

        It takes little longer than the grace, whatever the handlers do: the job of one that does not
        stop is given back over its head.
        """
        self._stopped.set()
        self._chores.stop()
        self._runner.stop_taking()
        for consumer in self._consumers:
            consumer.stop_flag.set()
        if self._join(grace):
            return
        log.info("the grace is over: running jobs go back into the queue")
        self._runner.give_back()
        if not self._join(_LAST_STEP):
            self._runner.give_back_now()

    def _join(self, patience: timedelta) -> bool:
        """Whether all threads have ended within that time."""
        deadline = time.monotonic() + patience.total_seconds()
        threads = [thread for consumer in self._consumers for _, thread in consumer.worker_threads]
        threads.append(self._sweeping)
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in threads)
