"""/exports: sessions as files."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import quote

import marshmallow as ma
from flask import Response, request

from core.domain.exports import Export, ExportFormat, ExportOptions
from core.services.exports import Download
from entrypoints.http.api import Blueprint, PageQuery, application, page_schema
from entrypoints.http.current_user import user_id
from entrypoints.http.fields import Moment
from entrypoints.http.gate import limited
from entrypoints.http.jobs import IdempotencyHeader, StartedSchema, idempotency_key, started
from entrypoints.http.paging import page_body, page_request
from entrypoints.http.problems import problem

exports = Blueprint("exports", __name__, description="Sessions as PDF, DOCX and CSV, kept for 7 days")


class NewExportSchema(ma.Schema):
    format = ma.fields.Enum(ExportFormat, by_value=True, required=True, metadata={"example": "pdf"})
    include_answers = ma.fields.Boolean(truthy={True}, falsy={False}, load_default=True)
    include_notes = ma.fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    only_pinned = ma.fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class ExportSchema(ma.Schema):
    id = ma.fields.String(metadata={"example": "01JD3Y6T0ZK4V9Q8N7M6H5G4F3"})
    session_id = ma.fields.String(metadata={"example": "01JD3Y5A0ZK4V9Q8N7M6H5G4F3"})
    job_id = ma.fields.String(metadata={"example": "01JD3Y5B0ZK4V9Q8N7M6H5G4F3"})
    format = ma.fields.Enum(ExportFormat, by_value=True, metadata={"example": "pdf"})
    file_name = ma.fields.String(metadata={"example": "Backend engineer - questions 2026-01-15.pdf"})
    size_bytes = ma.fields.Integer(metadata={"example": 48213})
    question_count = ma.fields.Integer(metadata={"example": 20})
    downloads = ma.fields.Integer(metadata={"example": 0})
    is_available = ma.fields.Boolean(metadata={"description": "Whether the file is still kept."})
    created_at = Moment(metadata={"example": "2026-01-15T09:30:00.000Z"})
    expires_at = Moment(metadata={"example": "2026-01-22T09:30:00.000Z"})


ExportPageSchema = page_schema(ExportSchema, "ExportPage")


def _body(export: Export) -> Any:
    shown: dict[str, Any] = ExportSchema().dump(export)
    return {**shown, "is_available": export.file_id is not None}


@exports.route("/sessions/<ulid:session_id>/exports", methods=["POST"])
@limited("export")
@exports.arguments(NewExportSchema)
@exports.arguments(IdempotencyHeader, location="headers")
@exports.response(202, StartedSchema)
@exports.problems(400, 401, 404, 409, 415, 422)
def export_session(body: dict[str, Any], header: dict[str, Any], session_id: str) -> Any:
    """Let a session be written into a file

    The job's `result` names the export once it is done.
    """
    options = ExportOptions(body["include_answers"], body["include_notes"], body["only_pinned"])
    job = application().exports.request(
        user_id(), session_id, body["format"], options, idempotency_key(header)
    )
    return started(job)


@exports.route("/exports")
@exports.arguments(PageQuery, location="query")
@exports.response(200, ExportPageSchema)
@exports.problems(401, 422)
def list_exports(query: dict[str, Any]) -> dict[str, Any]:
    """Your exports, newest first"""
    return page_body(application().exports.page(user_id(), page_request(query)), _body)


@exports.route("/exports/<ulid:export_id>")
@exports.response(200, ExportSchema)
@exports.problems(401, 404)
def get_export(export_id: str) -> Any:
    """One export"""
    return _body(application().exports.get(user_id(), export_id))


@exports.route("/exports/<ulid:export_id>", methods=["DELETE"])
@exports.response(204)
@exports.problems(401, 404)
def delete_export(export_id: str) -> None:
    """Delete an export and its file"""
    application().exports.delete(user_id(), export_id)


@exports.route("/exports/<ulid:export_id>/download")
@exports.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@exports.alt_response(206, schema={"type": "string", "format": "binary"}, description="The asked-for part")
@exports.problems(401, 404, 410, 416)
def download_export(export_id: str) -> Response:
    """Download the file

    Range requests get the part that they ask for (RFC 9110, section 14).
    """
    download = application().exports.download(user_id(), export_id)
    part = _asked_part(download.size_bytes)
    if part is None:
        refused = {"Content-Range": f"bytes */{download.size_bytes}"}
        return problem(416, "range_not_satisfiable", "The file has no such part.", headers=refused)
    start, length = part
    if start == 0 and request.method == "GET":
        application().exports.count_download(user_id(), export_id)
    return _stream(download, start, length)


def _asked_part(size: int) -> tuple[int, int] | None:
    """Start and length of what the request asks for; None if there is no such part.

    Several ranges at once are answered with the whole file, as the standard allows.
    """
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, size
    found = asked.range_for_length(size)
    return None if found is None else (found[0], found[1] - found[0])


def _stream(download: Download, start: int, length: int) -> Response:
    export = download.export
    is_part = length != download.size_bytes
    content = () if request.method == "HEAD" else download.read(start, length)
    response = Response(content, 206 if is_part else 200, mimetype=None)
    response.headers["Content-Type"] = export.format.media_type
    response.headers["Content-Length"] = str(length)
    response.headers["Content-Disposition"] = attachment(export.file_name)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-store"
    if is_part:
        response.headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{download.size_bytes}"
    return response


def attachment(file_name: str) -> str:
    """Content-Disposition with a safe ASCII name, and the real one beside it (RFC 6266)."""
    decomposed = unicodedata.normalize("NFKD", file_name).encode("ascii", "ignore").decode()
    stem, _, ending = decomposed.rpartition(".")
    plain = " ".join(character for character in [stem.strip(" -.")] if character) or "interview questions"
    safe = "".join(character for character in plain if character.isalnum() or character in " -_.+()")
    return f"attachment; filename=\"{safe}.{ending}\"; filename*=UTF-8''{quote(file_name, safe='')}"
