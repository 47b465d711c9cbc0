from __future__ import annotations

import pytest

from entrypoints.http.access.addresses import UNKNOWN, counted, parsed


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:54321", "203.0.113.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("nonsense", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_an_address_is_told_without_what_proxies_add(remote: str | None, address: str) -> None:
    assert parsed(remote) == address


def test_addresses_of_one_customer_count_together() -> None:
    assert counted("2001:db8::1") == counted("2001:db8::ffff:1")
    assert counted("2001:db8::1") != counted("2001:db8:0:1::1")
    assert counted("203.0.113.7") != counted("203.0.113.8")
