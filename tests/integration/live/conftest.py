from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import pytest

from tests.fake_llm import FakeLlm, slow
from tests.integration.live import sites
from tests.integration.live.client import SocketClient
from tests.integration.live.sites import SeparateSite, Site
from tests.integration.live.user import User


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the processes have said."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, SeparateSite):
                report.sections += value.installation.logs()
    return report


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with sites.embedded_site(tmp_path_factory.mktemp("embedded")) as site:
        yield site


@pytest.fixture(scope="session")
def separate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeparateSite]:
    """Its AI takes a moment for each answer, so that there is progress to be seen."""
    folder = tmp_path_factory.mktemp("separate")
    with FakeLlm(slow(0.25)) as llm, sites.separate_site(folder, llm.url) as site:
        yield site


@pytest.fixture(scope="session", params=["embedded", "separate"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def sign_up() -> Iterator[Callable[[str], User]]:
    """Somebody new at that address."""
    users: list[User] = []

    def make(url: str) -> User:
        users.append(User(url))
        return users[-1]

    yield make
    for user in users:
        user.close()


@pytest.fixture
def socket() -> Iterator[Callable[[str], SocketClient]]:
    """A client for that address, which is not connected yet."""
    clients: list[SocketClient] = []

    def make(url: str) -> SocketClient:
        clients.append(SocketClient(url))
        return clients[-1]

    yield make
    for client in clients:
        client.leave()
