"""What this machine has to share out: cores, memory, and the one lock of an audit folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import InputError

MEMORY_A_WORKER = 2 * 1024**3
"""Bytes that a worker may need: models of the default size and an hour-long call."""

LOCK = ".lock"


def cores() -> int:
    """Cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every platform
        return os.cpu_count() or 1


def free_memory() -> int | None:
    """Bytes that could be had without swapping; None where the system does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def default_jobs(device: str) -> int:
    """Workers where the user names no number: one a core, as far as memory goes.

    One worker on a graphics card: several would only share it.
    """
    if device == "cuda":
        return 1
    memory = free_memory()
    room = cores() if memory is None else memory // MEMORY_A_WORKER
    return max(1, min(cores(), room))


def threads_a_worker(jobs: int) -> int:
    """A worker's share of the cores, no more than OMP_NUM_THREADS if that is set."""
    share = max(1, cores() // jobs)
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(share, int(limit)) if limit.isdigit() and int(limit) else share


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the audit folder for this process; the lock ends with the process, however it ends.

    Raises:
        InputError: another audit is at work in it.
    """
    try:
        import fcntl
    except ImportError:  # not on every platform
        yield
        return
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"Another audit is at work in {folder}: wait until it has ended."
            ) from error
        except OSError:  # a file system without locks
            pass
        yield
