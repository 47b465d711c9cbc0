"""/auth: sign up, log in, refresh, log out."""

from __future__ import annotations

import marshmallow as ma
from flask import Response, jsonify, request

from core.domain.identity.users import MAX_NAME_LENGTH, MAX_PASSWORD_LENGTH
from core.domain.mail.addresses import MAX_EMAIL_LENGTH
from core.domain.rules import TextRule
from core.services.identity.logins import LoggedIn
from entrypoints.http.access.admission import limited
from entrypoints.http.access.cookies import REFRESH_COOKIE, check_csrf, clear_login_cookies, set_login_cookies
from entrypoints.http.access.current_user import identity, origin
from entrypoints.http.kit.blueprints import Blueprint, application, public
from entrypoints.http.kit.fields import Password, Text
from entrypoints.http.kit.openapi import CSRF_PARAMETER
from entrypoints.http.routes.users import UserSchema

auth = Blueprint("auth", __name__, url_prefix="/auth", description="Sign up, log in, log out")

_REFRESH_TOKEN = "01JD3Y6T0ZK4V9Q8N7M6H5G4F3.1.rN0mZk1mYb3vTq8wXo5sLd2cHf7jKp4gUe9aRi6tBzM"


class RegisterSchema(ma.Schema):
    full_name = Text(TextRule(MAX_NAME_LENGTH), required=True, metadata={"example": "Ada Lovelace"})
    email = Text(TextRule(MAX_EMAIL_LENGTH), required=True, metadata={"example": "ada@example.com"})
    password = Password(
        min_length=1,
        max_length=MAX_PASSWORD_LENGTH,
        required=True,
        metadata={"example": "correct horse battery"},
    )


class LoginSchema(ma.Schema):
    email = Text(TextRule(MAX_EMAIL_LENGTH), required=True, metadata={"example": "ada@example.com"})
    password = Password(
        min_length=1,
        max_length=MAX_PASSWORD_LENGTH,
        required=True,
        metadata={"example": "correct horse battery"},
    )


class RefreshSchema(ma.Schema):
    refresh_token = Text(
        TextRule(500),
        metadata={"example": _REFRESH_TOKEN},
    )


class LoggedInSchema(ma.Schema):
    user = ma.fields.Nested(UserSchema)
    access_token = ma.fields.String(
        metadata={
            "description": "A JWT, for `Authorization: Bearer`.",
            "example": "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3NzAwMDAwMDB9.rN0mZk1mYb3vTq8wXo5sLd2cHf7jKp4",
        }
    )
    refresh_token = ma.fields.String(
        metadata={"description": "Opaque; good for one refresh.", "example": _REFRESH_TOKEN}
    )
    token_type = ma.fields.String(metadata={"example": "Bearer"})
    expires_in = ma.fields.Integer(metadata={"description": "Seconds.", "example": 900})


def _logged_in(logged_in: LoggedIn, status: int) -> Response:
    """For API clients in the body, for browsers in cookies."""
    body = {
        "user": logged_in.user,
        "access_token": logged_in.access_token,
        "refresh_token": logged_in.refresh_token,
        "token_type": "Bearer",
        "expires_in": logged_in.expires_in_seconds,
    }
    response = jsonify(LoggedInSchema().dump(body))
    response.status_code = status
    set_login_cookies(response, logged_in)
    return response


@auth.route("/register", methods=["POST"])
@public
@limited("auth")
@auth.arguments(RegisterSchema)
@auth.response(201, LoggedInSchema)
@auth.problems(400, 409, 415, 422)
def register_user(body: dict[str, str]) -> Response:
    """Register a user

    The response logs the user in, like a login.
    """
    return _logged_in(application().identity.accounts.register(**body, origin=origin()), 201)


@auth.route("/login", methods=["POST"])
@public
@limited("auth")
@auth.arguments(LoginSchema)
@auth.response(200, LoggedInSchema)
@auth.problems(400, 401, 415, 422)
def log_in(body: dict[str, str]) -> Response:
    """Log in

    The tokens come in the answer and, for browsers, as cookies.
    """
    return _logged_in(application().identity.accounts.login(**body, origin=origin()), 200)


@auth.route("/refresh", methods=["POST"])
@public
@auth.arguments(RefreshSchema, required=False)
@auth.response(200, LoggedInSchema)
@auth.problems(400, 401, 403, 415, 422)
@auth.doc(parameters=[CSRF_PARAMETER])
def refresh_tokens(body: dict[str, str]) -> Response:
    """Refresh the tokens of a login

    Each refresh token is good for one use. Using an old one ends the login. A browser sends no body
    but its cookie, and the CSRF token.
    """
    return _logged_in(application().identity.logins.refresh(_refresh_token(body), origin()), 200)


def _refresh_token(body: dict[str, str]) -> str:
    """From the body, or else from the cookie, which must not come without the CSRF token."""
    if "refresh_token" in body:
        return body["refresh_token"]
    token = request.cookies.get(REFRESH_COOKIE, "")
    if token:
        check_csrf(token.partition(".")[0])
    return token


@auth.route("/logout", methods=["POST"])
@auth.response(204)
@auth.problems(401, 403)
def log_out() -> Response:
    """Log out"""
    application().identity.logins.log_out(identity(), origin())
    response = Response(status=204)
    clear_login_cookies(response)
    return response
