from __future__ import annotations

import pytest

from adapters.smtp.server import Credentials, Relay, SmtpServer, StartTls


def test_it_works() -> None:
    server = SmtpServer.from_url("smtp://us%40er:p%2Fa%3Ass%20@mail.example.com:2525?timeout=3")
    assert server == SmtpServer(
        host="mail.example.com",
        port=2525,
        credentials=Credentials("us@er", "p/a:ss "),
        starttls=StartTls.IF_OFFERED,
        timeout_seconds=3.0,
    )


def test_a_server_may_need_no_login() -> None:
    server = SmtpServer.from_url("smtp://localhost")
    assert (server.host, server.port, server.credentials) == ("localhost", 587, None)


@pytest.mark.parametrize("choice", ["required", "never"])
def test_starttls_can_be_chosen(choice: str) -> None:
    assert SmtpServer.from_url(f"smtp://localhost?starttls={choice}").starttls is StartTls(choice)


def test_smtps_is_encrypted_from_the_start() -> None:
    server = SmtpServer.from_url("smtps://[::1]")
    assert (server.host, server.port, server.implicit_tls) == ("::1", 465, True)


def test_sendgrid_needs_only_a_key() -> None:
    server = SmtpServer.from_url("sendgrid://SG.AbC-d_e.FgH%2B?timeout=5")
    assert (server.host, server.port) == ("smtp.sendgrid.net", 587)
    assert server.credentials == Credentials("apikey", "SG.AbC-d_e.FgH+")
    assert (server.starttls, server.relay) == (StartTls.REQUIRED, Relay.SENDGRID)
    assert server.timeout_seconds == 5


def test_ses_needs_credentials_and_a_region() -> None:
    server = SmtpServer.from_url("ses://AKIA:Ab%2Fc%2B@eu-west-1?configuration_set=events")
    assert (server.host, server.port) == ("email-smtp.eu-west-1.amazonaws.com", 587)
    assert server.credentials == Credentials("AKIA", "Ab/c+")
    assert (server.starttls, server.relay) == (StartTls.REQUIRED, Relay.SES)
    assert server.ses_configuration_set == "events"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail..example.com",
        "smtp://mail.example.com:99999",
        "smtp://mail.example.com/inbox",
        "smtp://user:hush/hush@mail.example.com",
        "smtp://user:hush#hush@mail.example.com",
        "smtp://user@mail.example.com",
        "smtp://:hush@mail.example.com",
        "smtp://user:hush%0D%0AQUIT@mail.example.com",
        "smtp://user:hüsh@mail.example.com",
        "smtp://mail.example.com?starttls=maybe",
        "smtp://mail.example.com?timeout=0",
        "smtp://mail.example.com?timeout=soon",
        "smtp://mail.example.com?timeout=nan",
        "smtp://mail.example.com?tls=yes",
        "smtps://mail.example.com?starttls=never",
        "sendgrid://",
        "sendgrid://apikey:hush@smtp.sendgrid.net",
        "ses://eu-west-1",
        "ses://user:hush@",
        "ses://user:hush@evil.example.com",
        "ses://user:hush@eu-west-1?configuration_set=a%0D%0AB",
    ],
)
def test_a_wrong_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL") as refusal:
        SmtpServer.from_url(url)
    assert "hush" not in str(refusal.value)


def test_credentials_do_not_show_in_logs() -> None:
    assert "hush" not in repr(SmtpServer.from_url("smtp://user:hush@localhost"))
