"""The exception tree. Every message is one sentence that names the file and the way out.

EarwitnessError
├── InputError          the call, folder or option given cannot be used      (exit 2)
├── ModelError          weights are missing or are not what they should be   (exit 2)
├── DependencyMissing   an extra is needed that is not installed             (exit 2)
└── CheckFailed         the thing asked for does not hold                    (exit 1)
"""

from __future__ import annotations


class EarwitnessError(Exception):
    """Base of everything this package raises on purpose."""

    exit_code = 2


class InputError(EarwitnessError):
    """The recording, evidence folder, file or option given cannot be used."""


class ModelError(EarwitnessError):
    """Weights are missing, cannot be had here, or do not match their pinned hash."""


class DependencyMissing(EarwitnessError):
    """An optional dependency is needed for this; the message names the extra."""

    def __init__(self, *, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed: "
            f"pip install 'earwitness[{extra}]'"
        )


class CheckFailed(EarwitnessError):
    """What was asked to be verified does not hold."""

    exit_code = 1
