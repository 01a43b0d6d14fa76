"""One emulator for the whole run, a fresh mailbox for each test, and the schema as judge of both."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from emulators.exchange import ExchangeEmulator
from tests.contract.exchange_emulator.material import ews_material, loaded_schema, schema_files

from .soap import Mailbox, Schema

PASSWORD = "correct horse battery staple"
_count = itertools.count(1)
_watched: list[ExchangeEmulator] = []


collect_ignore = [] if ews_material() else ["test_recordings.py", "test_requirement_names.py", "test_unseen.py"]


@pytest.fixture(scope="session")
def schema_folder() -> Path:
    """A folder with messages.xsd, types.xsd and xml.xsd that load together."""
    return schema_files()


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schema, loaded here and not by the emulator."""
    return Schema(loaded_schema())


@pytest.fixture(autouse=True)
def _no_schema_faults() -> Iterator[None]:
    """Whatever else a test is about: the emulator never sends what the schema forbids."""
    yield
    faults = [fault for emulator in _watched for fault in emulator.schema_faults]
    del _watched[:]
    assert faults == []


@pytest.fixture(scope="session")
def shared_emulator(tmp_path_factory: pytest.TempPathFactory, schema_folder: Path) -> Iterator[ExchangeEmulator]:
    """The emulator that every test without a wish of its own talks to."""
    database = tmp_path_factory.mktemp("exchange") / "exchange.sqlite"
    with ExchangeEmulator(database, schema=schema_folder) as running:
        yield running


@pytest.fixture
def emulator(shared_emulator: ExchangeEmulator) -> Iterator[ExchangeEmulator]:
    """The shared emulator, without the faults and settings of the test before."""
    before = shared_emulator.settings
    _watched.append(shared_emulator)
    yield shared_emulator
    shared_emulator.clear_faults()
    shared_emulator.configure(**{one.name: getattr(before, one.name) for one in fields(before)})


@pytest.fixture
def own_emulator(tmp_path: Path, schema_folder: Path) -> Iterator[ExchangeEmulator]:
    """An emulator of the test's own."""
    with ExchangeEmulator(tmp_path / "exchange.sqlite", schema=schema_folder) as running:
        _watched.append(running)
        yield running


@pytest.fixture
def open_mailbox(schema: Schema) -> Iterator[Callable[..., Mailbox]]:
    """Adds a mailbox with an unused address to an emulator and opens it."""
    opened: list[Mailbox] = []

    def add(emulator: ExchangeEmulator, address: str | None = None) -> Mailbox:
        address = address or f"user{next(_count)}@example.org"
        emulator.add_mailbox(address, password=PASSWORD)
        opened.append(Mailbox(emulator.url, address, PASSWORD, schema))
        return opened[-1]

    yield add
    for mailbox in opened:
        mailbox.close()


@pytest.fixture
def mailbox(emulator: ExchangeEmulator, open_mailbox: Callable[..., Mailbox]) -> Mailbox:
    """A new, empty mailbox of the shared emulator."""
    return open_mailbox(emulator)
