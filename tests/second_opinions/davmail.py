"""DavMail: IMAP, CalDAV and CardDAV in front of Exchange Web Services, by other people, in the field since 2006."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509 import load_pem_x509_certificates

from tests.servers.ports import free_ports, wait_for_port

JAR = Path("/usr/share/davmail/davmail.jar")
MISSING = "DavMail is not installed (make system-deps)"
START = 30.0                # seconds
STORE_PASSWORD = "changeit"     # of a file that holds one public certificate
CENTURY = 36_525            # days; without a limit it lists no completed task (ExchangeSession, searchTasksOnly)


def installed() -> bool:
    """Whether this machine has DavMail and a Java to run it."""
    return JAR.exists() and shutil.which("java") is not None


@dataclass(frozen=True)
class DavMail:
    """A running gateway. It speaks IMAP, CalDAV and CardDAV without TLS, on the loopback interface."""

    port: int
    dav: int
    directory: Path

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return (self.directory / "output").read_text(errors="replace")


@contextmanager
def davmail(directory: Path, url: str, ca: Path) -> Iterator[DavMail]:
    """Runs DavMail in front of the Exchange at `url`, which `ca` vouches for, until the context ends."""
    directory.mkdir(parents=True, exist_ok=True)
    port, dav = free_ports(2)
    gateway = DavMail(port, dav, directory)
    (directory / "davmail.properties").write_text(_properties(gateway, url))
    (directory / "trusted.p12").write_bytes(_trusting(ca))
    with (directory / "output").open("wb") as output:
        process = subprocess.Popen(
            _command(directory), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8"}, cwd=directory,
        )
    try:
        if not (wait_for_port(port, START) and wait_for_port(dav, START)) or process.poll() is not None:
            raise RuntimeError("DavMail did not start: " + gateway.log)
        yield gateway
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(90)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(90)


def _command(directory: Path) -> list[str]:
    return [
        "java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
        f"-Djava.io.tmpdir={directory}",
        f"-Djavax.net.ssl.trustStore={directory / 'trusted.p12'}", "-Djavax.net.ssl.trustStoreType=PKCS12",
        f"-Djavax.net.ssl.trustStorePassword={STORE_PASSWORD}",
        "-jar", str(JAR), "-server", str(directory / "davmail.properties"),
    ]


def _trusting(ca: Path) -> bytes:
    found = load_pem_x509_certificates(ca.read_bytes())
    named = [pkcs12.PKCS12Certificate(one, f"authority {number}".encode()) for number, one in enumerate(found)]
    return pkcs12.serialize_java_truststore(named, BestAvailableEncryption(STORE_PASSWORD.encode()))


def _properties(gateway: DavMail, url: str) -> str:
    """Only the doors of IMAP and of CalDAV are open, nothing is too old, and nobody asks for a newer version."""
    return f"""\
davmail.server=true
davmail.mode=EWS
davmail.url={url}
davmail.bindAddress=127.0.0.1
davmail.allowRemote=false
davmail.imapPort={gateway.port}
davmail.caldavPort={gateway.dav}
davmail.caldavPastDelay={CENTURY}
davmail.ldapPort=
davmail.popPort=
davmail.smtpPort=
davmail.disableUpdateCheck=true
davmail.enableProxy=false
davmail.useSystemProxies=false
davmail.keepDelay=0
davmail.logFilePath={gateway.directory / 'davmail.log'}
log4j.rootLogger=WARN
log4j.logger.davmail=WARN
log4j.logger.org.apache.http=WARN
"""
