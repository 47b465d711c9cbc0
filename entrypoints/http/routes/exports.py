"""/exports: sessions as files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Response, request

from core.domain.error_codes import ErrorCode
from core.domain.library.exports import Export, ExportFormat, ExportOptions
from entrypoints.http.access.admission import limited
from entrypoints.http.access.current_user import user_id
from entrypoints.http.kit.blueprints import Blueprint, PageQuery, application, page_schema
from entrypoints.http.kit.downloads import asked_part, file_answer
from entrypoints.http.kit.etags import expected_version, with_etag
from entrypoints.http.kit.fields import Flag, Moment
from entrypoints.http.kit.idempotency import IdempotencyHeader, idempotency_key
from entrypoints.http.kit.job_answers import StartedSchema, started
from entrypoints.http.kit.openapi import ETAG, LOCATION, header, parameter
from entrypoints.http.kit.paging import page_body, page_request
from entrypoints.http.kit.problems import problem

exports = Blueprint("exports", __name__, description="Sessions as PDF, DOCX and CSV, kept for 7 days")


class NewExportSchema(ma.Schema):
    format = ma.fields.Enum(ExportFormat, by_value=True, required=True, metadata={"example": "pdf"})
    include_answers = Flag(load_default=True, metadata={"example": True})
    include_notes = Flag(load_default=False, metadata={"example": False})
    only_pinned = Flag(load_default=False, metadata={"example": False})


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


def _body(export: Export) -> dict[str, Any]:
    return {**asdict(export), "is_available": application().library.exports.is_available(export)}


@exports.route("/sessions/<ulid:session_id>/exports", methods=["POST"])
@limited("export")
@exports.arguments(NewExportSchema)
@exports.arguments(IdempotencyHeader, location="headers")
@exports.response(202, StartedSchema, headers=LOCATION)
@exports.problems(404, 409)
def export_session(body: dict[str, Any], header: dict[str, Any], session_id: str) -> Any:
    """Export a session to a file

    The job's `result` names the export once it is done.
    """
    options = ExportOptions(body["include_answers"], body["include_notes"], body["only_pinned"])
    job = application().library.exports.request(
        user_id(), session_id, body["format"], options, idempotency_key(header)
    )
    return started(job)


@exports.route("/exports")
@exports.arguments(PageQuery, location="query")
@exports.response(200, ExportPageSchema)
def list_exports(query: dict[str, Any]) -> dict[str, Any]:
    """List your exports

    Newest first.
    """
    return page_body(application().library.exports.page(user_id(), page_request(query)), _body)


@exports.route("/exports/<ulid:export_id>")
@exports.response(200, ExportSchema)
@exports.problems(404)
@exports.conditional_read
def get_export(export_id: str) -> Response:
    """Get an export"""
    export = application().library.exports.get(user_id(), export_id)
    body = _body(export)
    return with_etag(ExportSchema().dump(body), export.version, "kept" if body["is_available"] else "gone")


@exports.route("/exports/<ulid:export_id>", methods=["DELETE"])
@exports.response(204)
@exports.problems(404)
@exports.conditional_change
def delete_export(export_id: str) -> None:
    """Delete an export and its file"""
    service = application().library.exports
    expected = expected_version(lambda: service.get(user_id(), export_id).version)
    service.delete(user_id(), export_id, expected)


_FILE = {
    "content": {
        media_type: {"schema": {"contentMediaType": media_type}}
        for media_type in (kind.media_type.partition(";")[0] for kind in ExportFormat)
    },
    "headers": {
        **ETAG,
        "Accept-Ranges": header("`bytes`."),
        "Content-Disposition": header("The name of the file (RFC 6266)."),
        "Content-Length": header("Bytes that follow.", "integer"),
    },
}
_PART = {**_FILE["headers"], "Content-Range": header("Where the part is, as `bytes first-last/size`.")}


@exports.route("/exports/<ulid:export_id>/download")
@exports.response(200)
@exports.problems(404, 410, 416)
@exports.doc(
    parameters=[
        parameter("Range", "The part that is wanted, as `bytes=first-last` (RFC 9110, section 14)."),
        parameter("If-Range", "The ETag of the file that `Range` is meant for; another is sent whole."),
        parameter("If-None-Match"),
    ],
    responses={
        200: {**_FILE, "description": "The file"},
        206: {**_FILE, "headers": _PART, "description": "The part that `Range` asks for"},
        304: {"description": "You have it already", "headers": ETAG},
    },
)
def download_export(export_id: str) -> Response:
    """Download the file of an export

    Range requests get the part that they ask for (RFC 9110, section 14).
    """
    download = application().library.exports.download(user_id(), export_id)
    export = download.export
    if request.if_none_match.contains(export.id):
        return Response(status=304, headers={"ETag": f'"{export.id}"'})
    part = asked_part(download.size_bytes, export.id)
    if part is None:
        refused = {"Content-Range": f"bytes */{download.size_bytes}"}
        return problem(416, ErrorCode.RANGE_NOT_SATISFIABLE, "The file has no such part.", headers=refused)
    if request.method == "HEAD":
        return file_answer((), part, export.format.media_type, export.file_name, export.id)
    if part.is_whole:
        application().library.exports.count_download(user_id(), export_id)
    content = download.read(part.start, part.length)
    return file_answer(content, part, export.format.media_type, export.file_name, export.id)
