"""Engine.IO handshakes, before a client is authenticated."""

from __future__ import annotations

import httpx

from tests.integration.live.sites import Site


def test_nothing_is_told_to_a_page_that_loads_it_as_a_script(site: Site) -> None:
    answer = httpx.get(f"{site.url}/socket.io/", params={"EIO": 4, "transport": "polling", "j": 0})

    assert answer.status_code == 400
    assert "sid" not in answer.text
