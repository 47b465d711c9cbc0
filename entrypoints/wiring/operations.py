"""Wiring of health checks."""

from __future__ import annotations

from dataclasses import dataclass

from core.services.operations.health import Dependency, HealthService
from entrypoints.wiring.foundation import Foundation


@dataclass(frozen=True, slots=True)
class Operations:
    health: HealthService


def build_operations(foundation: Foundation) -> Operations:
    database = Dependency("database", foundation.stores.database, is_required=True)
    return Operations(HealthService((database, *foundation.shared.dependencies), foundation.system.clock))
