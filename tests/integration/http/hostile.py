"""Requests of a hostile client."""

from __future__ import annotations

import json

from hypothesis import strategies as st

any_text = st.text(st.characters(), max_size=20)
odd_values = st.sampled_from(
    [
        {"$gt": ""},
        {"$ne": None},
        {"$where": "sleep(1000)"},
        {"__proto__": {"x": 1}},
        "\x00",
        "\ud800",
        "\udfff\ud800",
        "\uffff",
        "\u202e",
        "' OR 1=1 --",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "../../etc/passwd",
        "\x1b[2J",
        "a\r\nX-Injected: 1",
        "x" * 30_000,
        10**400,
        -(10**400),
        2**63,
        -0.0,
        1e308,
        float("inf"),
        float("nan"),
        [[[[[[[[[]]]]]]]]],
        [None] * 200,
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | odd_values,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=8,
)
raw_bodies = st.binary(max_size=60) | st.sampled_from(
    [
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"role": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"count": ' + b"9" * 4301 + b"}",
        b'{"count": 1e99999}',
        b'{"count": -Infinity}',
        b'{"role": "a", "role": {"$gt": ""}, "role": "\\ud800"}',
        b'{"text": "\\u0000"}',
        b'{"text": "\xed\xa0\x80"}',
        b'{"a": 1}\x00',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        json.dumps({f"field {number}": number for number in range(20_000)}).encode(),
    ]
)
any_bytes = st.binary(max_size=20) | any_text.map(lambda text: text.encode("utf-8", "surrogatepass"))
query_values = any_bytes | st.sampled_from(
    [
        b"",
        b"%",
        b"NaN",
        b"1e400",
        b"9" * 5000,
        b"\x00",
        b"\xff",
        b"0001-01-01T00:00:00+23:59",
        b"9999-12-31T23:59:59.999999-23:59",
        b"2026-01-15T09:30:00Z",
        b"0000-00-00",
        b"true",
        b"[]",
        b'{"$gt": ""}',
        b"newest",
        b"W10.abc",
    ]
)
header_values = st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=30
) | st.sampled_from(
    [
        *(
            '"v1"',
            '""',
            'W/"',
            '"' * 99,
            "*, *",
            "Bearer a.b.c",
            "Basic !!!",
            "bytes=0-",
            "9" * 5000,
            "x" * 9000,
        ),
        *("-1", "application/json; charset=x", "multipart/form-data", "[::1", "a=b; a=c; =", "text/json"),
    ]
)
