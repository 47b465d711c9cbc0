"""The codes of errors: all in one enum, and nowhere else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from core.domain import errors
from core.domain.error_codes import ErrorCode, Resource
from core.domain.errors import DomainError, NotFound

ROOT = Path(__file__).parents[3]
ERRORS = [kind.__name__ for kind in vars(errors).values() if isinstance(kind, type)]


@pytest.mark.parametrize("code", ErrorCode)
def test_a_code_is_snake_case_with_a_sentence(code: ErrorCode) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code.value)
    assert code.name == code.value.upper()
    assert code.meaning.endswith(".")
    assert json.dumps(code) == f'"{code.value}"'


@pytest.mark.parametrize("resource", get_args(Resource))
def test_each_missing_resource_has_a_code(resource: Resource) -> None:
    assert NotFound(resource).code == f"{resource}_not_found"


@pytest.mark.parametrize("kind", [DomainError, *DomainError.__subclasses__()])
def test_each_kind_of_error_has_a_code_of_the_enum(kind: type[DomainError]) -> None:
    assert isinstance(kind.code, ErrorCode)


def test_no_code_is_written_outside_the_enum() -> None:
    raised = re.compile(
        rf"\b(?:{'|'.join(ERRORS)}|problem)\((?:[^()]|\([^()]*\))*?(?:code=|\d{{3}},\s*)f?[\"']"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for folder in ("core", "ports", "adapters", "entrypoints")
        for path in (ROOT / folder).rglob("*.py")
        for match in raised.finditer(path.read_text())
    ]
    assert found == []
