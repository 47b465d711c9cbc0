"""Signatures and encryption with the secret key of the installation."""

from __future__ import annotations

from typing import Protocol


class Vault(Protocol):
    """Keeps and proves things with the installation's secret key. A `purpose` separates uses: what is
    made for one is worth nothing for another."""

    def digest(self, purpose: str, text: str) -> str:
        """A keyed hash: it tells nothing about the text to who does not have the key."""

    def sign(self, purpose: str, text: str) -> str:
        """A token that carries the text, readable, URL-safe, and cannot be made by anybody else."""

    def verified(self, purpose: str, token: str) -> str | None:
        """The text of a token that was signed for this purpose, else None."""

    def seal(self, text: str) -> str:
        """The text, encrypted."""

    def unseal(self, sealed: str) -> str | None:
        """None if it was not sealed with one of our keys."""
