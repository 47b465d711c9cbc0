"""The foundation that every area uses: system, stores, shared state, queue and keys.

Drivers are imported only when they are chosen, so that an embedded start does not load MongoDB's.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

from adapters.crypto.cipher import FernetCipher
from adapters.crypto.signer import HmacSigner
from adapters.fluent.catalogue import FluentCatalogue
from adapters.huey.queue import HueyQueue, memory_queue, redis_queue, sqlite_queue
from adapters.system.clock import SystemClock
from adapters.system.ids import UlidIds
from adapters.system.randomness import SystemRandomness
from adapters.system.sleeper import ThreadSleeper
from entrypoints.client_json import ClientJson
from entrypoints.links import ApiLinks
from entrypoints.settings import Settings
from entrypoints.wiring.shared_state import SharedState, shared_state
from entrypoints.wiring.stores import Stores, open_stores
from ports.cryptography import Cipher, Signer
from ports.links import Links
from ports.messages import MessageCatalogue
from ports.system import Clock, Ids, Randomness, Sleeper, System

PRODUCT_NAME = "Interview Prep"


@dataclass(frozen=True, slots=True)
class Foundation:
    """`owner` is the name of this process in leases."""

    settings: Settings
    system: System
    stores: Stores
    shared: SharedState
    queue: HueyQueue
    signer: Signer
    cipher: Cipher
    links: Links
    catalogue: MessageCatalogue
    client_json: ClientJson
    owner: str
    close: Callable[[], None]


def system_of_this_machine(
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    randomness: Randomness | None = None,
    sleeper: Sleeper | None = None,
) -> System:
    """The real system, with the given parts replaced."""
    return System(
        clock or SystemClock(),
        ids or UlidIds(),
        randomness or SystemRandomness(),
        sleeper or ThreadSleeper(),
    )


def build_foundation(
    settings: Settings, system: System | None = None, stores: Stores | None = None
) -> Foundation:
    """System and stores are those of the machine and of the settings, unless others are given.

    Raises SettingsError, Unavailable, OSError.
    """
    stores = stores or open_stores(settings)
    catalogue = FluentCatalogue()
    return Foundation(
        settings=settings,
        system=system or system_of_this_machine(),
        stores=stores,
        shared=shared_state(settings),
        queue=_queue(settings),
        signer=HmacSigner(settings.secret_keys),
        cipher=FernetCipher(settings.secret_keys),
        links=ApiLinks(settings.public_url),
        catalogue=catalogue,
        client_json=ClientJson(catalogue),
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        close=stores.close,
    )


def _queue(settings: Settings) -> HueyQueue:
    if settings.redis_url:
        return redis_queue(settings.redis_url, settings.secret_keys[0])
    if settings.is_in_memory:
        return memory_queue()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return sqlite_queue(settings.data_dir / "queue.db", settings.secret_keys[0])
