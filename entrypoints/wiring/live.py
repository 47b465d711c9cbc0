"""Wiring of notifications and real-time events."""

from __future__ import annotations

from dataclasses import dataclass

from core.services.live.notifications import NotificationService
from entrypoints.wiring.foundation import Foundation
from ports.live import EventChannel


@dataclass(frozen=True, slots=True)
class Live:
    channel: EventChannel
    notifications: NotificationService


def build_live(foundation: Foundation) -> Live:
    channel = foundation.shared.channel
    return Live(
        channel=channel,
        notifications=NotificationService(
            foundation.stores.notifications,
            channel,
            foundation.client_json.notification,
            foundation.system.clock,
            foundation.system.ids,
        ),
    )
