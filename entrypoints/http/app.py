"""The Flask application."""

from __future__ import annotations

import logging
import time
from typing import Any

import flask_smorest
from flask import Flask, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from entrypoints.http.access.admission import guard
from entrypoints.http.access.cookies import ACCESS_COOKIE, CSRF_COOKIE, CSRF_HEADER
from entrypoints.http.access.hosts import serve_public_host_only
from entrypoints.http.access.security_headers import secure
from entrypoints.http.kit.blueprints import UlidConverter
from entrypoints.http.kit.idempotency import tell_replays
from entrypoints.http.kit.openapi import CSRF_PARAMETER, describe_common, parameter
from entrypoints.http.kit.paging import link_pages, sign_cursors
from entrypoints.http.kit.problems import handle_errors
from entrypoints.http.routes.auth import auth
from entrypoints.http.routes.docs import DOCS_PATH, serve_docs
from entrypoints.http.routes.email_preferences import email_preferences
from entrypoints.http.routes.email_verification import email_verification, verification_page
from entrypoints.http.routes.exports import exports
from entrypoints.http.routes.health import health
from entrypoints.http.routes.jobs import jobs
from entrypoints.http.routes.live_page import live_page
from entrypoints.http.routes.logins import logins
from entrypoints.http.routes.mail import mail
from entrypoints.http.routes.notifications import notifications
from entrypoints.http.routes.passwords import passwords
from entrypoints.http.routes.problem_pages import problem_pages
from entrypoints.http.routes.questions import questions
from entrypoints.http.routes.sessions import sessions
from entrypoints.http.routes.users import users
from entrypoints.links import API_PREFIX
from entrypoints.request_id import begin_request
from entrypoints.wiring.application import Application

log = logging.getLogger(__name__)

TITLE = "Interview Prep API"
MAX_BODY_BYTES = 1024 * 1024

_API_BLUEPRINTS = (
    auth,
    passwords,
    users,
    logins,
    email_preferences,
    email_verification,
    sessions,
    questions,
    jobs,
    exports,
    notifications,
    mail,
)


class _Api(flask_smorest.Api):
    """The library's API without its errors and pagination: errors follow RFC 9457, and lists use cursors."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_responses(self) -> None:
        describe_common(self.spec)

    def _register_pagination_header(self) -> None:
        pass

    def _register_error_handlers(self) -> None:
        pass


def create_app(application: Application) -> Flask:
    """The REST API, the documentation and the pages; Socket.IO is added by `Sockets`."""
    app = Flask(__name__, static_folder=None)
    app.config.update(
        API_TITLE=TITLE,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={**_SPEC, "servers": [{"url": application.settings.own_public_url or "/"}]},
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["interview_prep"] = application
    app.url_map.converters["ulid"] = UlidConverter
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    sign_cursors(app, application.settings.secret_keys)
    _follow_requests(app)
    serve_public_host_only(app, application.settings)
    secure(app, application.settings)
    guard(app)
    link_pages(app)
    tell_replays(app)
    handle_errors(app)
    api = _Api(app)
    for blueprint in _API_BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix=API_PREFIX + (blueprint.url_prefix or ""))
    api.register_blueprint(health)
    serve_docs(app, TITLE)
    app.register_blueprint(live_page)
    app.register_blueprint(verification_page)
    app.register_blueprint(problem_pages)

    @app.get("/")
    def home() -> WerkzeugResponse:
        return redirect(DOCS_PATH + "/")

    return app


_SPEC: dict[str, Any] = {
    "info": {
        "description": (
            "Sessions of AI-generated interview questions: generate, practise and export them.\n\n"
            "Register or log in, then send the access token as `Authorization: Bearer ...`. A browser "
            f"sends its cookies, and the value of `{CSRF_COOKIE}` as `{CSRF_HEADER}` with every change. "
            "Errors are RFC 9457 problem details with a stable `code`. Their `type` is the URL of a page "
            "about the code, and [/problems](/problems) lists all codes. "
            "Lists are paged by `cursor`: send `next_cursor` unchanged to get the next page."
        ),
        "license": {"name": "MIT", "identifier": "MIT"},
    },
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": ACCESS_COOKIE},
        },
        "parameters": {
            CSRF_PARAMETER: parameter(
                CSRF_HEADER, f"The value of the cookie `{CSRF_COOKIE}`. Required with cookie authentication."
            )
        },
    },
    "security": [{"bearer": []}, {"cookie": []}],
}


def _follow_requests(app: Flask) -> None:
    """Give every request an id, and log it."""

    @app.before_request
    def begin() -> None:
        g.began_at = time.perf_counter()
        g.request_id = begin_request(request.headers.get("X-Request-ID"))

    @app.after_request
    def end(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-ID"] = g.request_id
            log.info(
                "%s %s %s",
                request.method,
                request.path,
                response.status_code,
                extra={
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "duration_ms": round((time.perf_counter() - g.began_at) * 1000, 1),
                },
            )
        return response
