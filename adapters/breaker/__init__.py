"""A circuit breaker: a provider that keeps failing is not called for a while."""

from adapters.breaker.generator import GuardedGenerator

__all__ = ["GuardedGenerator"]
