"""Check first on a Gmail account says what the migration does then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.views.ahead import in_short
from engine.credentials import KINDS
from engine.errors import Cause, FatalError
from engine.migration.account import Account
from engine.migration.looking_ahead import Ahead, look_ahead
from engine.migration.record import State
from engine.migration.request import Choice, MigrationRequest
from engine.pace.halt import Halt
from engine.ports.source import SourceFolder
from engine.store.vault import Secret
from engine.systems import CredentialKind, System, Transport
from terminal.words import ahead
from tests.servers.gmail.labelled_source import LabelledSource
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import PASSWORD, World, world

CLAIRE = "claire@gmail.com"


def of_gmail(at: World, *choices: Choice) -> MigrationRequest:
    at.engine = replace(at.engine, credentials={CredentialKind.GRANT: KINDS[CredentialKind.PASSWORD], **KINDS})
    source = Account(System.GOOGLE, CLAIRE, "imap.gmail.com", 993, Transport.TLS)
    return replace(at.request(), source=source, choices=choices)


def looked(at: World, request: MigrationRequest) -> Ahead:
    passwords = {"source_password": Secret("-"), "destination_password": Secret(PASSWORD)}
    return look_ahead(at.engine, request, **passwords, halt=Halt())


@pytest.mark.parametrize(("size", "said"), [
    (30_000_000, "about 6 days: Gmail gives no more than 2.2 GB of mail in a day"), (5_000_000, "hours"),
])
def test_what_gmail_gives_in_a_day(tmp_path: Path, size: int, said: str) -> None:
    """Of 12 GB people are told that it takes six days, in the form and in the terminal; 2 GB come on one."""
    large = [replace(mail(f"large {number}"), size=size) for number in range(400)]
    with world(tmp_path, {CLAIRE: MemorySource({SourceFolder(("INBOX",), "INBOX"): large})}) as at:
        found = looked(at, of_gmail(at))

    for lines in (list(in_short(found, None)), ahead(found, None)):
        assert any(said in line for line in lines), lines
        assert any("day" in line for line in lines) == (size > 5_000_000)
    assert (found.seconds[0] >= 5 * 86_400) == (size > 5_000_000)


def test_the_other_choice_about_labels(tmp_path: Path) -> None:
    """Where an earlier migration has chosen otherwise, it is refused as by Start; the same choice is not."""
    with world(tmp_path, {CLAIRE: LabelledSource({"one": ("Work", "Paid")})}) as at:
        looked(at, of_gmail(at, Choice.COPIES))
        at.run(at.begin_with(of_gmail(at)).task_id)
        other = of_gmail(at, Choice.COPIES)
        refused = at.run(at.begin_with(other).task_id)
        with pytest.raises(FatalError) as told:
            looked(at, other)
        looked(at, of_gmail(at))

    assert told.value.cause is Cause.OTHER_CHOICE
    assert (refused.state, refused.attention and refused.attention.words) == (State.FAILED, str(told.value))
