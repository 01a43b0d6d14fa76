"""A credential that runs out in mid-run is refreshed, put back into the vault, and there after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from emulators.exchange import Fault
from engine.credentials import KINDS
from engine.errors import Cause, Side
from engine.migration.account import Account
from engine.migration.forwards import keep_secrets
from engine.migration.record import State
from engine.store.vault import Secret
from engine.systems import CredentialKind, System, Transport
from tests.recovery.engine.conftest import EXPECTED, hundred
from tests.servers.memory.granted import GrantedConnectors, Issuer, grants
from tests.servers.processes.mortal import HELD, dies_at
from tests.servers.world import PASSWORD, World, world

LASTS = 5       # requests of a thread to the source; a migration of a hundred messages makes more than a hundred


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(LASTS)


@pytest.fixture
def granted(tmp_path: Path, issuer: Issuer) -> Iterator[World]:
    """A world whose source takes grants."""
    with world(tmp_path, {"old": hundred()}, grace=0.02) as built:
        built.connectors = GrantedConnectors(built.connectors.sources, issuer=issuer)
        built.engine = with_grants(replace(built.engine, connectors=built.connectors), issuer)
        yield built


def with_grants(engine, issuer: Issuer):
    return replace(engine, credentials=MappingProxyType({**KINDS, CredentialKind.PASSWORD: either(issuer)}))


def either(issuer: Issuer):
    """A grant where the vault keeps one, else a password: the destination's."""
    make = grants(issuer)
    return lambda account, kept, keep: (
        make if kept.startswith("{") else KINDS[CredentialKind.PASSWORD]
    )(account, kept, keep)


def begun(at: World, issuer: Issuer) -> str:
    task = at.begin().task_id
    keep_secrets(at.engine, task, {Side.SOURCE: issuer.given[0]})
    return task


def test_a_grant_that_runs_out_in_mid_run_is_refreshed(granted: World, issuer: Issuer) -> None:
    """Again and again, each time with the word of the last one; nobody is asked, and everything arrives."""
    done = granted.run(begun(granted, issuer))

    assert (done.state, granted.subjects()) == (State.COMPLETED, EXPECTED)
    assert len(issuer.given) > 3
    assert issuer.refused == 0


def test_a_refreshed_grant_survives_a_kill(granted: World, issuer: Issuer) -> None:
    """The vault has the last grant when the process dies; the next process goes on with it, and nobody is asked."""
    task = begun(granted, issuer)
    death = Fault(operation="CreateItem", nth=2, when="before", action="hold", name=HELD)

    assert dies_at(
        granted, (death,), lambda doomed: replace(doomed, engine=with_grants(doomed.engine, issuer)).run(task)
    )
    kept = granted.engine.vault.get(task, Side.SOURCE)
    done = granted.run(task)

    assert len(issuer.given) > 2
    assert kept in issuer.given[1:]
    assert (done.state, granted.subjects()) == (State.COMPLETED, EXPECTED)
    assert issuer.refused == 0


def test_a_grant_that_was_taken_back_stops_the_migration_and_names_the_side(granted: World, issuer: Issuer) -> None:
    """It stops for a person, and goes on with the grant that they give."""
    task = begun(granted, issuer)
    issuer.good.clear()

    stopped = granted.run(task)
    keep_secrets(granted.engine, task, {Side.SOURCE: issuer.give(), Side.DESTINATION: PASSWORD})
    done = granted.run(task)

    assert stopped.attention is not None
    assert (stopped.attention.cause, stopped.attention.side) == (Cause.SIGN_IN, Side.SOURCE)
    assert (done.state, granted.subjects()) == (State.COMPLETED, EXPECTED)


def test_two_threads_whom_one_access_failed_refresh_it_once(issuer: Issuer) -> None:
    """The second one gets what the first one brought: the word of a grant works once."""
    account = Account(System.IMAP, "ann", "mail.example.org", 993, Transport.TLS)
    grant = grants(issuer)(account, Secret(issuer.given[0]), lambda _kept: None)
    failed = grant.secret()

    assert grant.secret(refused=failed) == grant.secret(refused=failed) == "access 1"
    assert len(issuer.given) == 2
