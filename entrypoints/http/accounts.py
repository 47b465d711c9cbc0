"""/auth and /users/me."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response

from core.domain.accounts import (
    MAX_EMAIL_LENGTH,
    MAX_NAME_LENGTH,
    MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH,
    User,
)
from core.services.accounts import LoggedIn
from entrypoints.http.api import Blueprint, application, public
from entrypoints.http.current_user import identity, user_id
from entrypoints.http.etags import expected_version, with_etag
from entrypoints.http.fields import Moment, Password, Text

auth = Blueprint("auth", __name__, url_prefix="/auth", description="Sign up, log in, log out")
users = Blueprint("users", __name__, url_prefix="/users", description="The user's own profile")


class UserSchema(ma.Schema):
    id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    email = ma.fields.String(metadata={"example": "ada@example.com"})
    full_name = ma.fields.String(metadata={"example": "Ada Lovelace"})
    created_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})
    updated_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})


class RegisterSchema(ma.Schema):
    full_name = Text(max_length=MAX_NAME_LENGTH, required=True, metadata={"example": "Ada Lovelace"})
    email = Text(max_length=MAX_EMAIL_LENGTH, required=True, metadata={"example": "ada@example.com"})
    password = Password(
        min_length=MIN_PASSWORD_LENGTH,
        max_length=MAX_PASSWORD_LENGTH,
        required=True,
        metadata={"example": "correct horse battery"},
    )


class LoginSchema(ma.Schema):
    email = Text(max_length=MAX_EMAIL_LENGTH, required=True, metadata={"example": "ada@example.com"})
    password = Password(
        min_length=1,
        max_length=MAX_PASSWORD_LENGTH,
        required=True,
        metadata={"example": "correct horse battery"},
    )


class RefreshSchema(ma.Schema):
    refresh_token = Text(max_length=500, required=True)


class LoggedInSchema(ma.Schema):
    user = ma.fields.Nested(UserSchema)
    access_token = ma.fields.String(metadata={"description": "A JWT, for `Authorization: Bearer`."})
    refresh_token = ma.fields.String(metadata={"description": "Opaque; good for one refresh."})
    token_type = ma.fields.String(metadata={"example": "Bearer"})
    expires_in = ma.fields.Integer(metadata={"description": "Seconds.", "example": 900})


class ProfileChangesSchema(ma.Schema):
    full_name = Text(max_length=MAX_NAME_LENGTH, metadata={"example": "Ada King"})


def _body(logged_in: LoggedIn) -> dict[str, Any]:
    return {
        "user": logged_in.user,
        "access_token": logged_in.access_token,
        "refresh_token": logged_in.refresh_token,
        "token_type": "Bearer",
        "expires_in": logged_in.expires_in_seconds,
    }


@auth.route("/register", methods=["POST"])
@public
@auth.arguments(RegisterSchema)
@auth.response(201, LoggedInSchema)
@auth.problems(400, 409, 415, 422)
def register(body: dict[str, str]) -> dict[str, Any]:
    """Sign up and log in"""
    return _body(application().accounts.register(**body))


@auth.route("/login", methods=["POST"])
@public
@auth.arguments(LoginSchema)
@auth.response(200, LoggedInSchema)
@auth.problems(400, 401, 415, 422)
def login(body: dict[str, str]) -> dict[str, Any]:
    """Log in"""
    return _body(application().accounts.login(**body))


@auth.route("/refresh", methods=["POST"])
@public
@auth.arguments(RefreshSchema)
@auth.response(200, LoggedInSchema)
@auth.problems(400, 401, 415, 422)
def refresh(body: dict[str, str]) -> dict[str, Any]:
    """New tokens for a refresh token

    Each refresh token is good for one use. Using an old one ends the login.
    """
    return _body(application().accounts.refresh(body["refresh_token"]))


@auth.route("/logout", methods=["POST"])
@auth.response(204)
@auth.problems(401)
def logout() -> None:
    """End this login"""
    application().accounts.logout(identity())


def _profile(user: User) -> Response:
    return with_etag(UserSchema().dump(user), user.version)


@users.route("/me")
@users.response(200, UserSchema)
@users.problems(401)
def me() -> Response:
    """Your profile"""
    return _profile(application().accounts.profile(user_id()))


@users.route("/me", methods=["PATCH"])
@users.arguments(ProfileChangesSchema)
@users.response(200, UserSchema)
@users.problems(400, 401, 412, 415, 422)
def change_me(body: dict[str, str]) -> Response:
    """Change your profile"""
    accounts = application().accounts
    return _profile(accounts.change_profile(user_id(), expected_version=expected_version(), **body))
