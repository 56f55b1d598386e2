"""Seals: a signature (Ed25519) and a time stamp (RFC 3161) over the whole bag.

What is sealed is a short statement that names the digest of the last manifest, which in turn binds
every file. Both seals are checked offline. A signature shows that the holder of a key made it; who
that is, the reader learns by comparing the key's fingerprint with one obtained elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DependencyMissing, EarwitnessError, InputError
from .bag import RUN, SEALS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEALED = "tagmanifest-sha512.txt"
SIGNATURE = "signature.json"
STAMP = "timestamp.tsr"
STAMP_TIMEOUT = 30
"""Seconds to wait for a time stamping authority."""

SCHEMES = ("http://", "https://")

Post = Callable[[str, bytes], bytes]


@dataclass(frozen=True)
class SealState:
    """What checking one seal gave."""

    name: str
    holds: bool
    detail: str


def statement(folder: Path) -> bytes:
    """The bytes that are sealed: digests of the last manifest and of `run.json`."""
    manifest = hashlib.sha512((folder / SEALED).read_bytes()).hexdigest()
    run = hashlib.sha512((folder / RUN).read_bytes()).hexdigest()
    return (f"earwitness evidence, version 1\n{SEALED} {manifest}\n{RUN} {run}\n").encode("ascii")


def fingerprint(raw_key: bytes) -> str:
    """SHA-256 of a public key, in groups of four, to be read out and compared."""
    digest = hashlib.sha256(raw_key).hexdigest()
    return " ".join(digest[i : i + 4] for i in range(0, 40, 4))


def _need_client(purpose: str) -> None:
    if find_spec("rfc3161_client") is None:
        raise DependencyMissing(package="rfc3161-client", extra="seal", purpose=purpose)


def keygen(path: Path) -> str:
    """Make a signing key at `path` (readable by its owner alone) and `path.pub` beside it.

    Returns:
        The fingerprint of the public key.

    Raises:
        InputError: `path` exists; a key is never written over.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public_path = path.with_name(path.name + ".pub")
    if path.exists() or public_path.exists():
        raise InputError(f"{path} exists already, and a key is never written over.")
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(private)
    public_path.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return fingerprint(key.public_key().public_bytes_raw())


def load_key(path: Path) -> Ed25519PrivateKey:
    """The signing key in a file.

    Raises:
        InputError: it holds none that `keygen` could have made.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{path} is not a signing key made by earwitness keygen.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"{path} is not an Ed25519 key; make one with earwitness keygen.")
    return key


def sign(folder: Path, key_path: Path) -> str:
    """Sign the bag; writes `seal/signature.json` and returns the key's fingerprint."""
    key = load_key(key_path)
    message = statement(folder)
    raw = key.public_key().public_bytes_raw()
    seal = {
        "algorithm": "Ed25519",
        "statement": message.decode("ascii"),
        "public_key": base64.b64encode(raw).decode("ascii"),
        "fingerprint": fingerprint(raw),
        "signature": base64.b64encode(key.sign(message)).decode("ascii"),
    }
    place = folder / SEALS
    place.mkdir(exist_ok=True)
    (place / SIGNATURE).write_bytes((json.dumps(seal, indent=1) + "\n").encode("ascii"))
    return str(seal["fingerprint"])


def check_signature(folder: Path, *, trusted: Path | None = None) -> SealState | None:
    """Check the signature, if there is one; `trusted` is a `.pub` file it must come from."""
    path = folder / SEALS / SIGNATURE
    if not path.exists():
        if trusted is None:
            return None
        return SealState("signature", False, "there is no signature")
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    name = f"{SEALS}/{SIGNATURE}"
    problem, raw = "", b""
    try:
        text = path.read_bytes().decode("ascii")
        seal = json.loads(text)
        raw = base64.b64decode(seal["public_key"], validate=True)
        signature = base64.b64decode(seal["signature"], validate=True)
        message = statement(folder)
        # Base64 has spare bits at its end: only the one spelling that `sign` writes is taken.
        spelled = {
            **seal,
            "public_key": base64.b64encode(raw).decode("ascii"),
            "fingerprint": fingerprint(raw),
            "signature": base64.b64encode(signature).decode("ascii"),
        }
        if text != json.dumps(spelled, indent=1) + "\n":
            problem = "the signature file was altered"
        elif seal["statement"].encode("ascii") != message or seal["algorithm"] != "Ed25519":
            problem = "the signature belongs to another state of this evidence"
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        problem = problem or "the signature file cannot be read"
    except InvalidSignature:
        problem = problem or "the signature is false"
    if not problem and trusted is not None:
        try:
            known = load_pem_public_key(trusted.read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(f"{trusted} is not a public key.") from error
        if not isinstance(known, Ed25519PublicKey) or known.public_bytes_raw() != raw:
            problem = f"signed by another key: {fingerprint(raw)}"
    return SealState(name, not problem, problem or f"signed with the key {fingerprint(raw)}")


def check_authority(url: str) -> None:
    """Raise where a time stamp cannot be had: a wrong address, or the extra is not installed."""
    _need_client("A time stamp")
    if not url.startswith(SCHEMES):
        raise InputError(f"{url} is not the address of a time stamping authority.")


def _post(url: str, body: bytes) -> bytes:
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    request = Request(url, data=body, headers={"Content-Type": "application/timestamp-query"})
    try:
        with urlopen(request, timeout=STAMP_TIMEOUT) as answer:
            return bytes(answer.read())
    except (URLError, OSError, ValueError) as error:
        raise EarwitnessError(f"{url} gave no time stamp: {error}.") from error


def stamp(folder: Path, url: str, *, post: Post = _post) -> str:
    """Have the bag time-stamped; only a SHA-512 of the statement leaves the machine.

    Returns:
        The time the authority states, ISO 8601.
    """
    check_authority(url)
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

    builder = TimestampRequestBuilder().data(statement(folder))
    request = builder.hash_algorithm(HashAlgorithm.SHA512).nonce(nonce=True).build()
    answer = post(url, request.as_bytes())
    try:
        response = decode_timestamp_response(answer)
        when = response.tst_info.gen_time
    except ValueError as error:
        raise EarwitnessError(
            f"{url} answered with something that is no time stamp: {error}."
        ) from error
    place = folder / SEALS
    place.mkdir(exist_ok=True)
    (place / STAMP).write_bytes(answer)
    return when.isoformat()


def check_stamp(folder: Path, *, roots: Sequence[Path] = ()) -> SealState | None:
    """Check the time stamp, if there is one, against root certificates the reader trusts.

    Without `roots` only its fit is checked: that it names the digest of this evidence. Who made it
    is then open, and the detail says so.
    """
    path = folder / SEALS / STAMP
    name = f"{SEALS}/{STAMP}"
    if not path.exists():
        return SealState("time stamp", False, "there is no time stamp") if roots else None
    _need_client("Checking the time stamp")
    from cryptography.x509 import load_pem_x509_certificates
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    message = statement(folder)
    try:
        response = decode_timestamp_response(path.read_bytes())
        when = response.tst_info.gen_time.isoformat()
        fits = response.tst_info.message_imprint.message == hashlib.sha512(message).digest()
    except (OSError, ValueError) as error:
        return SealState(name, False, f"the time stamp cannot be read: {error}")
    if not fits:
        return SealState(name, False, "the time stamp belongs to another state of this evidence")
    if not roots:
        told = "its maker is not checked: give the authority’s certificate"
        return SealState(name, True, f"fits; states {when} ({told})")
    builder = VerifierBuilder()
    for root in roots:
        try:
            for certificate in load_pem_x509_certificates(root.read_bytes()):
                builder = builder.add_root_certificate(certificate)
        except (OSError, ValueError) as error:
            raise InputError(f"{root} holds no certificate.") from error
    try:
        builder.build().verify_message(response, message)
    except (VerificationError, ValueError) as error:
        return SealState(name, False, f"the time stamp does not hold: {error}")
    return SealState(name, True, f"existed at {when}, by an authority you trust")
