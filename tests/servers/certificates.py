"""A certificate authority of our own, and certificates of it, as files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import trustme

# For a process that meets no servers but ours: to read the system's authorities takes it 30 ms each time.
OURS_ALONE = {"SSL_CERT_FILE": os.devnull}


@dataclass(frozen=True)
class Certificate:
    """A server's chain and key, and the authority that vouches for it."""

    chain: Path
    key: Path
    ca: Path


def certificate(directory: Path, *names: str, ca: trustme.CA | None = None, label: str = "server") -> Certificate:
    """A certificate for those names (`localhost` and `127.0.0.1` unless others are given)."""
    authority = ca or trustme.CA()
    issued = authority.issue_cert(*(names or ("localhost", "127.0.0.1")))
    directory.mkdir(parents=True, exist_ok=True)
    files = Certificate(directory / f"{label}.pem", directory / f"{label}.key", directory / f"{label}-ca.pem")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(files.chain), append=True)
    issued.private_key_pem.write_to_path(str(files.key))
    authority.cert_pem.write_to_path(str(files.ca))
    return files
