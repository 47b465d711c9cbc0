"""/auth/password and /auth/password-reset."""

from __future__ import annotations

import marshmallow as ma
from flask import Response

from core.domain.identity.users import MAX_PASSWORD_LENGTH
from core.domain.mail.addresses import MAX_EMAIL_LENGTH
from core.domain.rules import TextRule
from core.services.identity.reset_secrets import OTP_DIGITS, RESET_TOKEN_LIFETIME
from entrypoints.http.access.admission import limited
from entrypoints.http.access.current_user import identity, origin
from entrypoints.http.kit.blueprints import Blueprint, application, public
from entrypoints.http.kit.fields import Password, Text

passwords = Blueprint("passwords", __name__, url_prefix="/auth", description="Change and reset passwords")

_EMAIL = {"example": "ada@example.com"}
_RESET_TOKEN = "rN0mZk1mYb3vTq8wXo5sLd2cHf7jKp4gUe9aRi6tBzM"
_NEW_PASSWORD = {"example": "another horse battery"}


class ChangePasswordSchema(ma.Schema):
    current_password = Password(
        min_length=1,
        max_length=MAX_PASSWORD_LENGTH,
        required=True,
        metadata={"example": "correct horse battery"},
    )
    new_password = Password(
        min_length=1, max_length=MAX_PASSWORD_LENGTH, required=True, metadata=_NEW_PASSWORD
    )


class RequestResetSchema(ma.Schema):
    email = Text(TextRule(MAX_EMAIL_LENGTH), required=True, metadata=_EMAIL)


class VerifyOtpSchema(ma.Schema):
    email = Text(TextRule(MAX_EMAIL_LENGTH), required=True, metadata=_EMAIL)
    otp = ma.fields.String(
        required=True,
        # The length excludes a final line break, before which `$` also matches in Python.
        validate=[
            ma.validate.Regexp(rf"^[0-9]{{{OTP_DIGITS}}}$", error=f"Must be {OTP_DIGITS} digits."),
            ma.validate.Length(equal=OTP_DIGITS, error=f"Must be {OTP_DIGITS} digits."),
        ],
        metadata={"example": "042137"},
    )


class ResetTokenSchema(ma.Schema):
    reset_token = ma.fields.String(metadata={"example": _RESET_TOKEN})
    expires_in = ma.fields.Integer(metadata={"description": "Seconds.", "example": 600})


class ConfirmResetSchema(ma.Schema):
    reset_token = Text(TextRule(200), required=True, metadata={"example": _RESET_TOKEN})
    new_password = Password(
        min_length=1, max_length=MAX_PASSWORD_LENGTH, required=True, metadata=_NEW_PASSWORD
    )


@passwords.route("/password", methods=["POST"])
@limited("auth")
@passwords.arguments(ChangePasswordSchema)
@passwords.response(204)
@passwords.problems(400, 401, 415, 422, 429)
def change_password(body: dict[str, str]) -> None:
    """Change your password

    All other logins end.
    """
    application().identity.password_change.change(identity(), origin=origin(), **body)


@passwords.route("/password-reset/request", methods=["POST"])
@public
@limited("auth")
@passwords.arguments(RequestResetSchema)
@passwords.response(202)
@passwords.problems(400, 415, 422, 429, 503)
def request_password_reset(body: dict[str, str]) -> Response:
    """Request a password reset

    Sends a one-time password by email. The response is the same whether or not the address has an account.
    """
    application().identity.password_reset_otp.request(body["email"], origin())
    return Response(status=202)


@passwords.route("/password-reset/verify", methods=["POST"])
@public
@limited("auth")
@passwords.arguments(VerifyOtpSchema)
@passwords.response(200, ResetTokenSchema)
@passwords.problems(400, 415, 422, 429, 503)
def verify_otp(body: dict[str, str]) -> dict[str, object]:
    """Verify a one-time password

    Returns a reset token. After 5 wrong tries the one-time password is no longer valid.
    """
    token = application().identity.password_reset_otp.verify(body["email"], body["otp"], origin())
    return {"reset_token": token, "expires_in": int(RESET_TOKEN_LIFETIME.total_seconds())}


@passwords.route("/password-reset/confirm", methods=["POST"])
@public
@limited("auth")
@passwords.arguments(ConfirmResetSchema)
@passwords.response(204)
@passwords.problems(400, 415, 422, 429, 503)
def confirm_password_reset(body: dict[str, str]) -> None:
    """Set a new password with a reset token

    The token is valid once. All logins end.
    """
    application().identity.password_reset.confirm(body["reset_token"], body["new_password"], origin())
