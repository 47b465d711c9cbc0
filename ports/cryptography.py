"""Signatures and encryption with the secret key of the installation."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """Keyed hashes and signed tokens. A token for one `purpose` is invalid for another."""

    def digest(self, purpose: str, text: str) -> str:
        """A keyed hash, which reveals nothing about the text without the key."""

    def sign(self, purpose: str, text: str) -> str:
        """A URL-safe token that contains the text in readable form and cannot be forged."""

    def verified(self, purpose: str, token: str) -> str | None:
        """The text of a token that was signed for this purpose, or None."""


class Cipher(Protocol):
    def encrypt(self, text: str) -> str:
        """The text, encrypted and authenticated."""

    def decrypt(self, encrypted: str) -> str | None:
        """None if it was not encrypted with one of the installation's keys."""
