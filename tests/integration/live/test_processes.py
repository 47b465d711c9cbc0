"""Events across processes: a worker publishes, and every API process has sockets of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

from adapters.redis.channel import RedisEventChannel
from core.domain.live.events import LiveEvent
from tests.integration.live.client import SocketClient
from tests.integration.live.sites import SeparateSite
from tests.integration.live.user import User
from tests.integration.processes.waiting import until

SignUp = Callable[[str], User]
Socket = Callable[[str], SocketClient]
CLOSED_WITHIN = 5.0


def steps(client: SocketClient, job_id: str) -> list[tuple[str, int]]:
    """What the client has heard of the job."""
    heard = client.heard("job.updated")
    return [(job["status"], job["progress"]["done"]) for job in heard if job["id"] == job_id]


def test_what_a_worker_does_reaches_both_processes_exactly_once(
    separate: SeparateSite, sign_up: SignUp, socket: Socket
) -> None:
    ada, eve = sign_up(separate.url), sign_up(separate.url)
    clients = [socket(separate.url), socket(separate.other_url)]
    assert all(client.connect(ada.token) for client in clients)
    stranger = socket(separate.other_url)
    assert stranger.connect(eve.token)
    session_id = ada.make_session()

    job_id = ada.generate(session_id, 30)
    told = [client.next("notification.created", within=15) for client in clients]
    # A second round: what had come twice of the first would have come by now.
    ada.ended(ada.generate(session_id, 1))
    again = [client.next("notification.created", within=15) for client in clients]

    assert told[0] == told[1] == ada.ask("GET", "/notifications")["items"][1]
    assert told[0]["data"]["job_id"] == job_id
    assert again[0]["id"] > told[0]["id"]
    for client in clients:
        assert client.heard("notification.created") == [told[0], again[0]]
        heard = steps(client, job_id)
        assert heard[0] == ("queued", 0)
        assert heard[-1] == ("succeeded", 30)
        assert len(set(heard)) == len(heard)
        assert any(status == "running" and 0 < done < 30 for status, done in heard)
        assert all(before[1] <= after[1] for before, after in pairwise(heard))
    assert steps(clients[0], job_id) == steps(clients[1], job_id)
    assert stranger.heard("job.updated") == stranger.heard("notification.created") == []


def test_a_client_that_was_cut_off_ends_with_the_same_state(
    separate: SeparateSite, sign_up: SignUp, socket: Socket
) -> None:
    ada = sign_up(separate.url)
    session_id = ada.make_session()
    stays, goes = socket(separate.url), socket(separate.other_url)
    assert stays.connect(ada.token)
    assert goes.connect(ada.token)
    ada.ended(ada.generate(session_id, 1))
    known = goes.next("notification.created")
    goes.leave()
    jobs = [ada.generate(session_id, 5), ada.export(session_id, "csv")]
    for job_id in jobs:
        ada.ended(job_id)
    expected = [stays.next("notification.created") for _ in range(3)][1:]

    back = socket(separate.other_url)
    assert back.connect(ada.token)

    assert back.next("ready")["unread_count"] == 3
    assert back.ask("notifications.since", {"id": known["id"]}) == {"items": expected}
    for job_id in jobs:
        last = [job for job in stays.heard("job.updated") if job["id"] == job_id][-1]
        assert back.ask("job.watch", {"job_id": job_id}) == last


def test_progress_is_shown_at_most_five_times_a_second(
    separate: SeparateSite, sign_up: SignUp, socket: Socket
) -> None:
    ada = sign_up(separate.url)
    client = socket(separate.url)
    assert client.connect(ada.token)

    began_at = time.monotonic()
    job_id = ada.generate(ada.make_session(), 50)
    ada.ended(job_id)
    client.next("notification.created")
    seconds = time.monotonic() - began_at

    running = [step for step in steps(client, job_id) if step[0] == "running"]
    assert len(running) <= 5 * seconds + 2


def test_without_redis_logging_out_closes_and_events_flow_later(
    separate: SeparateSite, sign_up: SignUp, socket: Socket
) -> None:
    ada, eve = sign_up(separate.url), sign_up(separate.url)
    clients = [socket(separate.url), socket(separate.other_url)]
    assert all(client.connect(ada.token) for client in clients)
    eves = [socket(separate.url), socket(separate.other_url)]
    assert all(client.connect(eve.token) for client in eves)
    session_id = ada.make_session()

    separate.redis.stop()
    eve.ask("POST", "/auth/logout", 204)
    assert [client.closed(within=CLOSED_WITHIN) for client in eves] == ["login_ended"] * 2
    newcomer = socket(separate.other_url)
    assert newcomer.connect(ada.token), newcomer.refusal
    job_id = ada.generate(session_id, 5)
    separate.redis.start()

    assert ada.ended(job_id)["status"] == "succeeded"
    until(lambda: hear_alike(separate, ada, [*clients, newcomer]), "event that all streams carry")
    job_id = ada.generate(session_id, 1)
    for client in (*clients, newcomer):
        until(lambda client=client: ("succeeded", 1) in steps(client, job_id), "end of the job")  # type: ignore[misc]
    everything = ada.ask("GET", "/notifications")["items"]
    for client in (*clients, newcomer):
        assert client.ask("notifications.since", {"id": ""})["items"] == everything[::-1]


def hear_alike(site: SeparateSite, user: User, clients: list[SocketClient]) -> bool:
    """Publish as a worker does; whether each of the clients has heard something of it."""
    channel = RedisEventChannel(site.redis.url)
    channel.publish(LiveEvent(user.id, "test.event", {}))
    return all(client.heard("test.event") for client in clients)
