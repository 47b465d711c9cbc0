from __future__ import annotations

from contextvars import Context, copy_context

import pytest

from entrypoints.request_id import begin_request, current_request_id


def test_it_works() -> None:
    def request() -> tuple[str, str | None]:
        return begin_request("4bf92f35-77b3:a/b=+_."), current_request_id()

    assert copy_context().run(request) == ("4bf92f35-77b3:a/b=+_.", "4bf92f35-77b3:a/b=+_.")


def test_each_request_has_an_id_of_its_own() -> None:
    first, second = (copy_context().run(begin_request, None) for _ in range(2))

    assert first != second
    assert len(first) == 26


@pytest.mark.parametrize(
    "offered",
    [None, "", " ", "a b", "x" * 129, "line\nbreak", "end\n", "é", "<script>", '"quoted"', "\x00", "\ud800"],
)
def test_an_id_that_is_not_sane_is_replaced(offered: str | None) -> None:
    request_id = copy_context().run(begin_request, offered)

    assert request_id != offered
    assert request_id.isalnum()


def test_the_longest_id_is_kept() -> None:
    assert copy_context().run(begin_request, "x" * 128) == "x" * 128


def test_outside_of_requests_there_is_none() -> None:
    assert Context().run(current_request_id) is None
