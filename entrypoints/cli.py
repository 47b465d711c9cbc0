"""The command line: interview-prep run | api | worker | indexes | settings | doctor | jobs | mail.

Each command imports only what it needs: `run` does not load gevent, and `api` does not load the worker.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from core.domain.errors import Unavailable
from entrypoints.commands.context import settings_or_exit
from entrypoints.commands.doctor import doctor
from entrypoints.commands.jobs import jobs
from entrypoints.commands.mail import mail
from entrypoints.settings import Settings, SettingsError, env_example

if TYPE_CHECKING:
    from entrypoints.wiring.application import Application


@click.group()
def main() -> None:
    """Interview Prep: generate, practise and export interview questions."""


def _built(settings: Settings) -> Application:
    from entrypoints.wiring.application import build_application

    try:
        return build_application(settings)
    except (SettingsError, Unavailable) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"DATA_DIR {settings.data_dir} cannot be used: {error.strerror}"
        ) from error


@contextmanager
def _until_told_to_stop() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets. A second signal ends the process at once."""
    told = threading.Event()

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    yield told


def _leave() -> None:
    """End the process now. Otherwise the interpreter would wait for running calls to an AI, whose jobs are
    already back in the queue."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@main.command()
def run() -> None:
    """Run the whole product in this process: API and worker."""
    settings = settings_or_exit()
    from entrypoints.http.servers.serving import served_app
    from entrypoints.http.servers.threaded import ThreadedServer
    from entrypoints.worker.consumer import Worker

    application = _built(settings)
    app, sockets = served_app(application, "threading")
    try:
        server = ThreadedServer(app, settings.host, settings.port)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. Set HOST or PORT to others."
        ) from error
    worker = Worker(application)
    with _until_told_to_stop() as told:
        server.start()
        worker.start()
        _greet(settings)
        told.wait()
    click.echo(
        "\nStopping: running jobs get time to finish; the others continue at the next start.", err=True
    )
    sockets.stop()
    server.stop()
    worker.stop(settings.shutdown_grace)
    application.close()
    _leave()


def _greet(settings: Settings) -> None:
    where = settings.public_url
    stored = f"in {settings.data_dir}" if settings.database_url.startswith("sqlite:") else "in MongoDB"
    writer = "Groq" if settings.groq_api_key else "the offline question bank (set GROQ_API_KEY for AI)"
    click.echo(
        f"\n  Interview Prep is running.\n\n"
        f"  API           {where}/api/v1\n"
        f"  Docs          {where}/api/docs/\n"
        f"  Health        {where}/health/ready\n"
        f"  Questions by  {writer}\n"
        f"  Data          {stored}\n\n"
        f"  Ctrl-C stops it.\n",
        err=True,
    )


@main.command()
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes.")
def api(workers: int) -> None:
    """Run the API on gunicorn. `interview-prep worker` runs the jobs."""
    from gevent import monkey

    monkey.patch_all()
    settings = settings_or_exit()
    if settings.is_embedded:
        raise click.ClickException(
            "Separate processes need DATABASE_URL=mongodb://... and REDIS_URL=redis://... "
            "On one machine without servers, use: interview-prep run"
        )
    from flask import Flask

    from adapters.gevent.threads import RealThreads
    from entrypoints.http.live.sockets import Sockets
    from entrypoints.http.servers.gunicorn import GunicornServer
    from entrypoints.http.servers.serving import served_app
    from entrypoints.wiring.application import Replacements, build_application
    from entrypoints.wiring.identity import bounded_hasher, password_threads

    def make_app() -> tuple[Flask, Sockets]:
        hasher = bounded_hasher(settings, RealThreads(password_threads(settings, workers)))
        application = build_application(settings, Replacements(hasher=hasher))
        return served_app(application, "gevent", is_sharing_port=workers > 1)

    GunicornServer(make_app, settings, workers).run()


@main.command()
def worker() -> None:
    """Run a worker. Start as many as the load needs."""
    settings = settings_or_exit()
    from entrypoints.worker.consumer import Worker

    application = _built(settings)
    running = Worker(application)
    with _until_told_to_stop() as told:
        running.start()
        click.echo("The worker is waiting for jobs. Ctrl-C stops it.", err=True)
        told.wait()
    running.stop(settings.shutdown_grace)
    application.close()
    _leave()


@main.command()
def indexes() -> None:
    """Create the indexes of MongoDB, and list them with the queries that they serve."""
    settings = settings_or_exit()
    if settings.database_url.startswith("sqlite:"):
        raise click.ClickException("SQLite creates its indexes by itself; this command is for MongoDB.")
    from adapters.mongo.database import MongoDatabase
    from adapters.mongo.indexes import INDEXES
    from core.domain.errors import Unavailable

    database = MongoDatabase(settings.database_url)
    try:
        database.create_indexes()
    except Unavailable as error:
        raise click.ClickException(error.detail) from error
    finally:
        database.close()
    for collection, wanted in INDEXES.items():
        for index in wanted:
            click.echo(f"{collection}.{index.name} ({', '.join(index.fields)}): {index.serves}")


@main.command()
def settings() -> None:
    """Print every setting with its default: the text of .env.example."""
    click.echo(env_example(), nl=False)


main.add_command(doctor)
main.add_command(jobs)
main.add_command(mail)


if __name__ == "__main__":
    sys.exit(main())
