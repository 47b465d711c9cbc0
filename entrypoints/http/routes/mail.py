"""/mail: one-click unsubscribe, and delivery reports of relays."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, request

from core.domain.error_codes import ErrorCode
from core.domain.errors import NotAuthenticated, NotFound
from core.domain.mail.emails import ForgedReport
from entrypoints.http.access.admission import limited
from entrypoints.http.kit.blueprints import Blueprint, application, public, reads_its_body
from entrypoints.http.kit.pages import bare_page

mail = Blueprint("mail", __name__, url_prefix="/mail", description="Unsubscribe links and delivery reports")


class UnsubscribeQuery(ma.Schema):
    token = ma.fields.String(required=True, validate=ma.validate.Length(1, 500))


@mail.route("/unsubscribe")
@public
@mail.arguments(UnsubscribeQuery, location="query")
@mail.response(200, {"type": "string"}, content_type="text/html")
@mail.problems(422)
def show_unsubscribe_page(query: dict[str, str]) -> Response:
    """Show the unsubscribe page

    The page that the link in an email opens. It changes nothing by itself, since email scanners follow links.
    """
    return bare_page(
        "Unsubscribe", "Do you want to stop receiving emails of this kind?", button="Unsubscribe"
    )


@mail.route("/unsubscribe", methods=["POST"])
@public
@reads_its_body
@mail.arguments(UnsubscribeQuery, location="query")
@mail.response(200, {"type": "string"}, content_type="text/html")
@mail.problems(400, 422)
def unsubscribe_from_emails(query: dict[str, str]) -> Response:
    """Unsubscribe from a kind of email

    Turns off the kind of email that the token names, with one click (RFC 8058).
    """
    kind = application().identity.email_preferences.unsubscribe(query["token"])
    about = (
        f"about: {kind.value.replace('_', ' ')}" if kind.is_optional else "but about your account's security"
    )
    return bare_page("You are unsubscribed", f"You will get no more emails {about}.")


@mail.route("/reports/<relay>", methods=["POST"])
@limited("reports")
@public
@reads_its_body
@mail.response(204)
@mail.problems(400, 401, 404)
def receive_delivery_report(relay: str) -> Any:
    """Receive a delivery report

    For webhooks of email relays: delivered, bounced, complained. `relay` is `sendgrid` or `ses`. The report
    must have the relay's signature.
    """
    reports = application().mail.reports.get(relay)
    if reports is None:
        raise NotFound("relay")
    try:
        events = reports.read(request.get_data(), dict(request.headers))
    except ForgedReport as error:
        raise NotAuthenticated(str(error), code=ErrorCode.REPORT_FORGED) from error
    application().mail.delivery_reports.take(events)
