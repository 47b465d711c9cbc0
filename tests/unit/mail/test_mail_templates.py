"""The mails in words and pictures: every kind, whatever people are called."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from adapters.fluent.catalogue import FluentCatalogue
from adapters.jinja.renderer import MAX_SUBJECT_LENGTH, JinjaEmailRenderer
from core.domain.mail.emails import EmailKind, RenderedEmail
from core.domain.mail.messages import MESSAGE_TYPES, EmailMessage, ExportReady
from core.domain.messages import Message

PUBLIC_URL = "https://prep.example.com"
UNSUBSCRIBE_URL = "https://prep.example.com/unsubscribe?token=abc&kind=x"
SAMPLES: dict[EmailKind, EmailMessage] = {kind: each.sample() for kind, each in MESSAGE_TYPES.items()}
TYPED_TEXT = ("full_name", "address", "device", "role", "file_name", "template_name", "shared_by")
EVERY_KIND = pytest.mark.parametrize("kind", list(EmailKind))


class Page(HTMLParser):
    """What a mail client would see: the text, the elements and where they lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.links: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def renderer() -> JinjaEmailRenderer:
    return JinjaEmailRenderer("Interview Prep", PUBLIC_URL, FluentCatalogue())


def rendered(
    renderer: JinjaEmailRenderer, kind: EmailKind, full_name: str = "Ada Lovelace", **changes: Any
) -> RenderedEmail:
    unsubscribe_url = UNSUBSCRIBE_URL if kind.is_optional else None
    return renderer.render(replace(SAMPLES[kind], **changes), full_name, unsubscribe_url)


def shown(kind: EmailKind) -> dict[str, Any]:
    """The fields of the sample of that kind, by name."""
    return {each.name: getattr(SAMPLES[kind], each.name) for each in fields(SAMPLES[kind])}


def links_of(kind: EmailKind) -> set[str]:
    links = {value for name, value in shown(kind).items() if name.endswith("_url")}
    return links | ({UNSUBSCRIBE_URL} if kind.is_optional else set())


def typed(kind: EmailKind, text: str) -> dict[str, str]:
    """Everything that a user can have typed into an email of this kind."""
    return {key: text for key in TYPED_TEXT if key in shown(kind) or key == "full_name"}


@EVERY_KIND
def test_every_kind_says_the_same_in_both_parts(renderer: JinjaEmailRenderer, kind: EmailKind) -> None:
    mail = rendered(renderer, kind)
    page = Page(mail.html)
    assert mail.subject
    assert mail.text.startswith("Hello Ada Lovelace,\n\n")
    assert "Hello Ada Lovelace," in page.text
    links = links_of(kind)
    for name, value in shown(kind).items():
        if name in ("access", "size_bytes", "error") or value in links:
            continue
        text = f"{value:%-d %B %Y, %H:%M} UTC" if isinstance(value, datetime) else str(value)
        assert text in mail.text
        assert text in page.text
    for link in links:
        assert link in mail.text
        assert link in page.links


def test_the_mails_of_jobs_also_tell_of_failure(renderer: JinjaEmailRenderer) -> None:
    error = Message("provider_unavailable")
    generation = rendered(renderer, EmailKind.GENERATION_COMPLETE, made=0, error=error)
    export = renderer.render(ExportReady(PUBLIC_URL, error=error), "Ada", None)
    assert generation.subject == "Your questions could not be generated: Backend engineer"
    assert export.subject == "Your export failed"
    for mail in (generation, export):
        assert "The service that writes questions cannot be reached right now." in mail.text
        assert "The service that writes questions cannot be reached right now." in Page(mail.html).text


def test_a_generation_that_made_fewer_questions_says_so(renderer: JinjaEmailRenderer) -> None:
    mail = rendered(renderer, EmailKind.GENERATION_COMPLETE, made=9)
    assert "9 of 20 questions" in mail.text
    assert "9 of 20 questions" in Page(mail.html).text


def test_a_person_without_a_name_is_greeted_too(renderer: JinjaEmailRenderer) -> None:
    assert rendered(renderer, EmailKind.WELCOME, full_name="").text.startswith("Hello,\n")


@EVERY_KIND
def test_a_script_that_somebody_typed_is_text(renderer: JinjaEmailRenderer, kind: EmailKind) -> None:
    typed_in = typed(kind, '<script>alert(1)</script><img src=x onerror="a()">')
    page = Page(rendered(renderer, kind, **typed_in).html)
    plain = Page(rendered(renderer, kind).html)
    assert "<script>alert(1)</script>" in page.text
    assert page.tags == plain.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in plain.attributes]


@pytest.mark.parametrize(
    "name", ["{{ 7*7 }}{% raw %}", "عمر الخيّام", "李小龍", "👩‍👩‍👧 Zoë", "O'Hara & <Sons>", '"><b>x']
)
def test_any_name_is_shown_as_it_is(renderer: JinjaEmailRenderer, name: str) -> None:
    mail = rendered(renderer, EmailKind.TEMPLATE_SHARED, full_name=name, template_name=name)
    assert name in mail.text
    assert name in mail.subject
    assert name in Page(mail.html).text


@EVERY_KIND
def test_a_typed_line_break_adds_no_line(renderer: JinjaEmailRenderer, kind: EmailKind) -> None:
    mail = rendered(renderer, kind, **typed(kind, "a\r\nBcc: b@c.de\n\n\u2028-- \x00\x1b[31m\x85x"))
    assert "\n" not in mail.subject
    assert mail.subject.isprintable()
    assert not re.search(r"^(Bcc|x$)", mail.text, re.MULTILINE)
    assert "\x1b" not in mail.text + mail.html


def test_text_that_turns_its_surroundings_around_does_not(renderer: JinjaEmailRenderer) -> None:
    mail = rendered(renderer, EmailKind.TEMPLATE_SHARED, shared_by="\u202efdp.exe\u2066")
    assert not {"\u202e", "\u2066"} & set(mail.subject + mail.text + mail.html)


def test_a_long_subject_ends_in_an_ellipsis(renderer: JinjaEmailRenderer) -> None:
    mail = rendered(renderer, EmailKind.GENERATION_COMPLETE, role="x" * 5000)
    assert len(mail.subject) == MAX_SUBJECT_LENGTH
    assert mail.subject.endswith("…")
    assert len(mail.text) < 2000


@pytest.mark.parametrize(
    "advert", ["https://evil.example/win", "see www.evil.example", "evil.example", "mailto:x@evil.example"]
)
def test_no_mail_client_makes_a_link_of_a_name(renderer: JinjaEmailRenderer, advert: str) -> None:
    mail = rendered(renderer, EmailKind.WELCOME, full_name=advert)
    assert advert not in mail.text
    assert advert not in Page(mail.html).text
    assert advert == re.search(r"Hello (.*),", mail.text)[1].replace("\u200b", "")  # type: ignore[index]


@EVERY_KIND
def test_a_mail_leads_only_where_it_was_told_to(renderer: JinjaEmailRenderer, kind: EmailKind) -> None:
    mail = rendered(renderer, kind)
    page = Page(mail.html)
    given = links_of(kind) | {PUBLIC_URL}
    assert set(page.links) <= given
    assert set(re.findall(r"https?://\S+", mail.text)) <= given


@EVERY_KIND
def test_a_mail_loads_nothing(renderer: JinjaEmailRenderer, kind: EmailKind) -> None:
    mail = rendered(renderer, kind)
    page = Page(mail.html)
    assert not {"img", "link", "script", "iframe", "object", "video", "form", "input"} & set(page.tags)
    assert not {"src", "srcset", "background"} & {name for name, _ in page.attributes}
    assert not re.search(r"url\(|@import", mail.html)


@EVERY_KIND
def test_a_mail_is_made_for_mail_clients(renderer: JinjaEmailRenderer, kind: EmailKind) -> None:
    html = rendered(renderer, kind).html
    assert html.lower().startswith("<!doctype html>")
    assert re.search(r'<html[^>]* lang="en"', html)
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 600px" in html
    assert html.count("<table") == html.count('role="presentation"')
    assert re.search(r'<h1 style="[^"]*font-size', html)
    assert len(html.encode()) < 30_000


def test_security_mail_offers_no_way_out(renderer: JinjaEmailRenderer) -> None:
    for kind in EmailKind:
        has_way_out = "Unsubscribe from emails of this kind" in rendered(renderer, kind).text
        assert has_way_out == kind.is_optional


def test_the_code_is_not_in_the_subject(renderer: JinjaEmailRenderer) -> None:
    assert "042137" not in rendered(renderer, EmailKind.OTP).subject


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "https://a b", 'https://a"x', "https://"]
)
def test_a_link_that_is_no_web_address_is_an_error(renderer: JinjaEmailRenderer, url: str) -> None:
    with pytest.raises(ValueError, match="session_url is not a web address"):
        rendered(renderer, EmailKind.GENERATION_COMPLETE, session_url=url)


def test_many_threads_may_render(renderer: JinjaEmailRenderer) -> None:
    with ThreadPoolExecutor(4) as threads:
        mails = set(threads.map(lambda _: rendered(renderer, EmailKind.WELCOME), range(40)))
    assert len(mails) == 1


def test_two_hundred_mails_take_less_than_a_second(renderer: JinjaEmailRenderer) -> None:
    rendered(renderer, EmailKind.EXPORT_READY)
    begun = time.process_time()
    for _ in range(200):
        rendered(renderer, EmailKind.EXPORT_READY)
    assert time.process_time() - begun < 1
