"""The secret key of an embedded installation: generated at the first start, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from entrypoints.settings.parsing import MIN_SECRET_LENGTH, SettingsError


def kept_secret_key(path: Path) -> str:
    """The key in that file, which is created if it is missing. Raises SettingsError, OSError."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, prefix=".secret_key", delete=False) as written:
            written.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was faster: its key is used
            os.link(written.name, path)
        os.unlink(written.name)
    key = path.read_text().strip()
    if len(key) < MIN_SECRET_LENGTH:
        raise SettingsError(f"{path} does not contain a key. Delete it, and a new one is generated.")
    return key
