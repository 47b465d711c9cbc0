from __future__ import annotations

import resource


def allow_open_files(wanted: int = 65_536) -> None:
    """Raise the limit of open files, which includes sockets, of this process and its children."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
