"""/verify-email, /auth/verify-email and /users/me/verification: verify an email address."""

from __future__ import annotations

import flask
import marshmallow as ma
from flask import Response, request

from core.domain.errors import Malformed
from core.domain.rules import TextRule
from entrypoints.http.access.admission import limited
from entrypoints.http.access.current_user import origin, user_id
from entrypoints.http.kit.blueprints import Blueprint, application, public, reads_its_body
from entrypoints.http.kit.fields import Text
from entrypoints.http.kit.pages import bare_page
from entrypoints.http.kit.request_parsing import take_in_body
from entrypoints.links import VERIFY_EMAIL_PATH

MAX_TOKEN_LENGTH = 500

email_verification = Blueprint("email_verification", __name__, description="Verify email addresses")
verification_page = flask.Blueprint("verification_page", __name__, url_prefix=VERIFY_EMAIL_PATH)
verification_page.before_request(take_in_body)


class VerifyEmailSchema(ma.Schema):
    token = Text(
        TextRule(MAX_TOKEN_LENGTH),
        required=True,
        metadata={"example": "MDFKRDNZNlQwWks0VjlROE43TTZINUc0RjM.rN0mZk1mYb3vTq8wXo5sLd2cHf7jKp4"},
    )


@email_verification.route("/auth/verify-email", methods=["POST"])
@public
@limited("auth")
@email_verification.arguments(VerifyEmailSchema)
@email_verification.response(204)
@email_verification.problems(400, 415, 422, 429)
def verify_email(body: dict[str, str]) -> None:
    """Verify an email address

    Takes the token from the link in the email. It is valid for 24 hours; using it twice changes nothing.
    """
    application().identity.email_verification.verify(body["token"], origin())


@email_verification.route("/users/me/verification", methods=["POST"])
@email_verification.response(202)
@email_verification.problems(401, 429)
def send_verification_email() -> Response:
    """Send the verification email again

    The email carries a new link. Nothing is sent if your address is verified already. At most 3 emails an
    hour and 10 a day.
    """
    application().identity.email_verification.send_again(user_id())
    return Response(status=202)


@verification_page.get("")
def ask_to_verify() -> Response:
    """The page that the link in an email opens. It changes nothing by itself: email scanners follow links."""
    return bare_page(
        "Verify your email address",
        "Confirm that you signed up with the address at which you got the email.",
        button="Verify my email address",
    )


@verification_page.post("")
@limited("auth")
@reads_its_body
def verify_by_form() -> Response:
    """The form of the page. A link that is not valid is answered for a person to read."""
    token = request.args.get("token", "")[: MAX_TOKEN_LENGTH + 1]
    try:
        application().identity.email_verification.verify(token, origin())
    except Malformed as error:
        return bare_page("Your email address is not verified", error.detail, status=400)
    return bare_page("Your email address is verified", "You can close this page.")
