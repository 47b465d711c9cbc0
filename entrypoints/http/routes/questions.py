"""/questions, and the questions of a session."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response

from core.domain.generation.briefs import COUNT, INSTRUCTIONS
from core.domain.library.questions import (
    ANSWER,
    CATEGORY,
    NOTES,
    TEXT,
    Difficulty,
    Question,
    QuestionChanges,
    QuestionContent,
    QuestionFilter,
    QuestionSort,
    QuestionSource,
)
from core.domain.library.sessions import LABEL, TAGS, TOPICS
from entrypoints.http.access.admission import limited
from entrypoints.http.access.current_user import user_id
from entrypoints.http.kit.blueprints import Blueprint, PageQuery, application, page_schema
from entrypoints.http.kit.etags import expected_version, with_etag
from entrypoints.http.kit.fields import Flag, Labels, Moment, Text
from entrypoints.http.kit.idempotency import IdempotencyHeader, idempotency_key
from entrypoints.http.kit.job_answers import StartedSchema, started
from entrypoints.http.kit.openapi import LOCATION
from entrypoints.http.kit.paging import page_body, page_request

questions = Blueprint("questions", __name__, description="Questions and their answers")

_TEXT = "What is the difference between a list and a tuple?"
_ANSWER = "A list can be changed, a tuple cannot."


class QuestionContentSchema(ma.Schema):
    text = Text(TEXT, metadata={"example": _TEXT})
    answer = Text(ANSWER, metadata={"example": _ANSWER, "description": "Markdown."})
    difficulty = ma.fields.Enum(Difficulty, by_value=ma.fields.String, metadata={"example": "easy"})
    topic = Text(LABEL, metadata={"example": "Python"})
    category = Text(CATEGORY, metadata={"example": "concepts"})
    tags = Labels(TAGS, metadata={"example": ["types"]})
    notes = Text(NOTES, metadata={"example": "Mention hashing"})
    pinned = Flag(metadata={"example": False})


class NewQuestionSchema(QuestionContentSchema):
    text = Text(TEXT, required=True, metadata={"example": _TEXT})
    answer = Text(ANSWER, required=True, metadata={"example": _ANSWER, "description": "Markdown."})


class QuestionSchema(QuestionContentSchema):
    id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    session_id = ma.fields.String(metadata={"example": "01JD3Y5A0ZK4V9Q8N7M6H5G4F3"})
    source = ma.fields.Enum(QuestionSource, by_value=ma.fields.String, metadata={"example": "bank"})
    created_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})
    updated_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})


def _any_of(field: ma.fields.Field[Any]) -> ma.fields.List:
    return ma.fields.List(field, load_default=(), metadata={"description": "Any of these; may be repeated."})


class SessionQuestionQuery(PageQuery):
    topic = _any_of(ma.fields.String())
    difficulty = _any_of(ma.fields.Enum(Difficulty, by_value=ma.fields.String))
    tag = _any_of(ma.fields.String())
    category = _any_of(ma.fields.String())
    source = _any_of(ma.fields.Enum(QuestionSource, by_value=ma.fields.String))
    pinned = ma.fields.Boolean()
    created_from = Moment(metadata={"description": "Inclusive."})
    created_to = Moment(metadata={"description": "Exclusive."})
    sort = ma.fields.Enum(QuestionSort, by_value=ma.fields.String, load_default=QuestionSort.NEWEST)


class QuestionQuery(SessionQuestionQuery):
    session_id = _any_of(ma.fields.String())


class GenerateSchema(ma.Schema):
    count = ma.fields.Integer(
        strict=True,
        required=True,
        validate=ma.validate.Range(COUNT.minimum, COUNT.maximum),
        metadata={"example": 10},
    )
    difficulty = ma.fields.Enum(
        Difficulty,
        by_value=ma.fields.String,
        metadata={"description": "Without it, a mix that suits the experience.", "example": "medium"},
    )
    topics = Labels(TOPICS, metadata={"description": "Instead of the session's.", "example": ["SQL"]})
    instructions = Text(INSTRUCTIONS, metadata={"example": "Ask about transactions."})


QuestionPageSchema = page_schema(QuestionSchema, "QuestionPage")


def _filter(query: dict[str, Any]) -> QuestionFilter:
    return QuestionFilter(
        session_ids=tuple(query.get("session_id", ())),
        topics=tuple(query["topic"]),
        difficulties=tuple(query["difficulty"]),
        tags=tuple(query["tag"]),
        categories=tuple(query["category"]),
        sources=tuple(query["source"]),
        pinned=query.get("pinned"),
        created_from=query.get("created_from"),
        created_to=query.get("created_to"),
    )


def _answer(question: Question) -> Response:
    return with_etag(QuestionSchema().dump(question), question.version)


def _expected_version(question_id: str) -> int | None:
    return expected_version(lambda: application().library.questions.get(user_id(), question_id).version)


@questions.route("/sessions/<ulid:session_id>/questions", methods=["POST"])
@questions.arguments(NewQuestionSchema)
@questions.arguments(IdempotencyHeader, location="headers")
@questions.response(201, QuestionSchema, headers=LOCATION)
@questions.problems(404, 409)
def create_question(
    body: dict[str, Any], header: dict[str, str], session_id: str
) -> tuple[Response, int, dict[str, str]]:
    """Create a custom question"""
    question = application().library.questions.add_custom(
        user_id(), session_id, QuestionContent(**body), idempotency_key(header)
    )
    return _answer(question), 201, {"Location": f"/api/v1/questions/{question.id}"}


@questions.route("/sessions/<ulid:session_id>/questions/generate", methods=["POST"])
@limited("generate")
@questions.arguments(GenerateSchema)
@questions.arguments(IdempotencyHeader, location="headers")
@questions.response(202, StartedSchema, headers=LOCATION)
@questions.problems(404, 409)
def generate_questions(body: dict[str, Any], header: dict[str, Any], session_id: str) -> Any:
    """Generate questions

    They are stored in batches as they arrive; the job tells how far it is.
    """
    job = application().generation.service.request(user_id(), session_id, key=idempotency_key(header), **body)
    return started(job)


@questions.route("/sessions/<ulid:session_id>/questions")
@questions.arguments(SessionQuestionQuery, location="query")
@questions.response(200, QuestionPageSchema)
@questions.problems(404)
def list_session_questions(query: dict[str, Any], session_id: str) -> dict[str, Any]:
    """List the questions of a session"""
    page = application().library.questions.page_of_session(
        user_id(), session_id, _filter(query), query["sort"], page_request(query)
    )
    return page_body(page)


@questions.route("/questions")
@questions.arguments(QuestionQuery, location="query")
@questions.response(200, QuestionPageSchema)
def list_questions(query: dict[str, Any]) -> dict[str, Any]:
    """List your questions

    The questions of all sessions.
    """
    page = application().library.questions.page(user_id(), _filter(query), query["sort"], page_request(query))
    return page_body(page)


@questions.route("/questions/<ulid:question_id>")
@questions.response(200, QuestionSchema)
@questions.problems(404)
@questions.conditional_read
def get_question(question_id: str) -> Response:
    """Get a question"""
    return _answer(application().library.questions.get(user_id(), question_id))


@questions.route("/questions/<ulid:question_id>", methods=["PATCH"])
@questions.arguments(QuestionContentSchema)
@questions.response(200, QuestionSchema)
@questions.problems(404)
@questions.conditional_change
def update_question(body: dict[str, Any], question_id: str) -> Response:
    """Update a question"""
    changed = application().library.questions.update(
        user_id(), question_id, QuestionChanges(**body), _expected_version(question_id)
    )
    return _answer(changed)


@questions.route("/questions/<ulid:question_id>", methods=["DELETE"])
@questions.response(204)
@questions.problems(404)
@questions.conditional_change
def delete_question(question_id: str) -> None:
    """Delete a question"""
    application().library.questions.delete(user_id(), question_id, _expected_version(question_id))


@questions.route("/questions/<ulid:question_id>/pin", methods=["PUT"])
@questions.response(200, QuestionSchema)
@questions.problems(404)
def pin_question(question_id: str) -> Response:
    """Pin a question"""
    return _answer(application().library.questions.set_pinned(user_id(), question_id, True))


@questions.route("/questions/<ulid:question_id>/pin", methods=["DELETE"])
@questions.response(200, QuestionSchema)
@questions.problems(404)
def unpin_question(question_id: str) -> Response:
    """Unpin a question"""
    return _answer(application().library.questions.set_pinned(user_id(), question_id, False))


@questions.route("/questions/<ulid:question_id>/regenerate", methods=["POST"])
@limited("generate")
@questions.arguments(IdempotencyHeader, location="headers")
@questions.response(202, StartedSchema, headers=LOCATION)
@questions.problems(404, 409, 422)
def regenerate_question(header: dict[str, Any], question_id: str) -> Any:
    """Regenerate a question

    It keeps its id, pin, notes and tags.
    """
    key = idempotency_key(header)
    return started(application().generation.service.request_regeneration(user_id(), question_id, key))
