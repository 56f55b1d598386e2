"""Seals hold only over the evidence they were put on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from earwitness.errors import EarwitnessError, InputError
from earwitness.pipeline.call import Call
from earwitness.pipeline.evidence import seal
from earwitness.pipeline.evidence.verify import verify

OPENSSL = shutil.which("openssl")

CONFIG = """
[ req ]
distinguished_name = dn
[ dn ]
[ ca ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ tsa ]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ tsa_config ]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@pytest.fixture
def folder(empty: Call, put: Callable[..., Call], tmp_path: Path) -> Path:
    put(empty, tmp_path / "e")
    return tmp_path / "e"


def test_a_signature_holds_and_fails(folder: Path, tmp_path: Path) -> None:
    key, other = tmp_path / "key", tmp_path / "other"
    mark = seal.keygen(key)
    seal.keygen(other)
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(InputError, match="never written over"):
        seal.keygen(key)
    assert not verify(folder, trusted_key=Path(f"{key}.pub")).ok
    assert seal.sign(folder, key) == mark
    assert verify(folder).ok
    assert verify(folder, trusted_key=Path(f"{key}.pub")).ok
    assert not verify(folder, trusted_key=Path(f"{other}.pub")).ok
    first = (folder / "seal" / "signature.json").read_bytes()
    seal.sign(folder, key)
    assert (folder / "seal" / "signature.json").read_bytes() == first
    for at in range(len(first)):
        for bit in (1, 2, 4):  # base64 ends in spare bits, and they must not be free to change
            data = bytearray(first)
            data[at] ^= bit
            (folder / "seal" / "signature.json").write_bytes(bytes(data))
            state = seal.check_signature(folder)
            assert state is not None
            assert not state.holds, (at, bit)
    assert not verify(folder).ok
    (folder / "seal" / "signature.json").write_bytes(first)
    assert verify(folder).ok


def test_a_signature_does_not_move_to_other_evidence(
    folder: Path, rude: Call, put: Callable[..., Call], tmp_path: Path
) -> None:
    seal.keygen(tmp_path / "key")
    seal.sign(folder, tmp_path / "key")
    put(rude, tmp_path / "f")
    shutil.copytree(folder / "seal", tmp_path / "f" / "seal")
    assert [f.name for f in verify(tmp_path / "f").failures] == ["seals"]


def _openssl(place: Path, *arguments: str) -> None:
    subprocess.run([str(OPENSSL), *arguments], cwd=place, check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A time stamping authority of openssl's: root, signer and configuration."""
    place = tmp_path / "tsa"
    place.mkdir()
    (place / "c.cnf").write_text(CONFIG)
    (place / "serial").write_text("01\n")
    for name, subject in (("ca", "/CN=Test root"), ("tsa", "/CN=Test authority")):
        _openssl(place, "genrsa", "-out", f"{name}.key", "2048")
        _openssl(place, "req", "-new", "-key", f"{name}.key", "-subj", subject, "-out",
                 f"{name}.csr", "-config", "c.cnf")  # fmt: skip
    common = ("-days", "30", "-extfile", "c.cnf", "-extensions")
    _openssl(place, "x509", "-req", "-in", "ca.csr", "-signkey", "ca.key", *common, "ca", "-out",
             "ca.pem")  # fmt: skip
    _openssl(place, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
             "-CAcreateserial", *common, "tsa", "-out", "tsa.pem")  # fmt: skip
    return place


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
def test_a_time_stamp_holds_and_fails(folder: Path, authority: Path, tmp_path: Path) -> None:
    seen: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(body)
            (authority / "q.tsq").write_bytes(body)
            _openssl(authority, "ts", "-reply", "-config", "c.cnf", "-section", "tsa_config",
                     "-queryfile", "q.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key",
                     "-out", "r.tsr")  # fmt: skip
            self.send_response(200)
            self.end_headers()
            self.wfile.write((authority / "r.tsr").read_bytes())

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        when = seal.stamp(folder, f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        server.server_close()
    assert when.startswith("20")
    assert len(seen[0]) < 150, "more than a hash left the machine"
    root = authority / "ca.pem"
    assert verify(folder).ok
    assert verify(folder, tsa_roots=[root]).ok
    other = tmp_path / "other.pem"
    _openssl(tmp_path, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Another",
             "-keyout", "o.key", "-out", "other.pem")  # fmt: skip
    assert not verify(folder, tsa_roots=[other]).ok
    stamp = folder / "seal" / "timestamp.tsr"
    good = stamp.read_bytes()
    changed = bytearray(good)
    changed[len(good) - 40] ^= 1
    stamp.write_bytes(bytes(changed))
    assert not verify(folder, tsa_roots=[root]).ok
    stamp.write_bytes(good)
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace("now", "then"))
    assert {"files", "seals"} <= {f.name for f in verify(folder, tsa_roots=[root]).failures}


def test_an_answer_that_is_no_stamp_is_said(folder: Path) -> None:
    with pytest.raises(EarwitnessError, match="no time stamp"):
        seal.stamp(folder, "http://127.0.0.1:9/", post=lambda url, body: b"<html>")
    with pytest.raises(InputError, match="address"):
        seal.stamp(folder, "file:///etc/passwd")
    assert verify(folder).ok
