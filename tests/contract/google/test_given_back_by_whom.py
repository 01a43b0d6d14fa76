"""Grants that several programs of one store give back, with not quite the same settings."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import fakeredis
from cryptography.fernet import Fernet

from bot.stored.threads import Threads
from bot.work import given_back
from engine.connectors.google.access.clients import ClientKind
from engine.connectors.google.access.grants import KeptAccess, Way, granting_account
from engine.errors import Side
from engine.migration.giving_back import give_back
from engine.store.keys import secret_keys
from engine.store.vault import Vault
from terminal.session import Session
from tests.contract.google.conftest import ANN, At, at, google_tls  # noqa: F401 - fixtures
from tests.contract.slack.conftest import *  # noqa: F403 - fixtures
from tests.contract.slack.test_gmail_card import stuck, task  # noqa: F401 - a fixture
from tests.contract.slack.test_gmail_form import asks, consent_comes  # noqa: F401 - a fixture
from tests.servers.slack.world import SlackWorld, words
from wiring.google import GoogleSettings, GrantReturning
from wiring.opening import Doors

TASK, OTHER = "7K2F-9QXD", "3MNP-4RST"


def vault_of(directory: Path) -> Vault:
    keys = secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, directory)
    return Vault(fakeredis.FakeRedis(), keys=keys, goes_back=granting_account)


def test_a_program_without_its_client_leaves_a_grant_to_one_that_has_it(at: At, tmp_path: Path) -> None:  # noqa: F811
    """A shell in which `omm` is typed names the Desktop client alone; the workers have that for web pages."""
    web, desktop = at.client(ClientKind.WEB), at.client(ClientKind.DESKTOP)
    vault, told = vault_of(tmp_path), []
    worker = SimpleNamespace(vault=vault, returning=GrantReturning(GoogleSettings(web_client=web), at.network))
    shell = SimpleNamespace(vault=vault, returning=GrantReturning(GoogleSettings(desktop_client=desktop), at.network))
    vault.put(TASK, Side.SOURCE, at.granted().secret)
    vault.drop(TASK)

    give_back(cast("Any", shell), told.append)
    assert at.emulator.tokens(ANN)["refresh"]
    assert told == []                           # nothing went back, so nobody reads that it did
    give_back(cast("Any", worker), told.append)
    assert at.emulator.tokens(ANN) == {"access": [], "refresh": []}


def test_grants_of_two_projects_go_back_both(tmp_path: Path) -> None:
    """What ends one project's access leaves the other's (…/oauth2/web-server#tokenrevoke)."""
    clients = [f"{project}-x.apps.googleusercontent.com" for project in (1111, 2222)]
    grants = [KeptAccess(Way.GRANT, ANN, client=one, refresh=f"1//{one}").secret for one in clients]
    vault, back = vault_of(tmp_path), []
    returning = SimpleNamespace(account=granting_account, give_back=back.append)
    engine = cast("Any", SimpleNamespace(vault=vault, returning=returning))
    for name, grant in zip((TASK, OTHER), grants, strict=True):
        vault.put(name, Side.SOURCE, grant)
    for name in (TASK, OTHER):
        vault.drop(name)
        give_back(engine)

    assert sorted(back) == sorted(grants)


def test_nothing_of_an_account_is_left_where_revocation_ends_one_grant_alone(at: At, tmp_path: Path) -> None:  # noqa: F811
    """Google leaves open which it is; after the last migration of the account OMM must have none in either case."""
    at.emulator.configure(revoke_ends="token")
    vault = vault_of(tmp_path)
    returning = GrantReturning(GoogleSettings(web_client=at.client(ClientKind.WEB)), at.network)
    engine = cast("Any", SimpleNamespace(vault=vault, returning=returning))
    for name in (TASK, OTHER):
        vault.put(name, Side.SOURCE, at.granted().secret)
    for name in (TASK, OTHER):
        vault.drop(name)
        give_back(engine)

    assert at.emulator.tokens(ANN) == {"access": [], "refresh": []}


def test_the_owner_reads_of_what_the_terminal_gives_back(stuck: SlackWorld) -> None:  # noqa: F811
    """`omm status` of the operator, between the end and the worker's look, takes nobody's letter away."""
    consent_comes(stuck, about=task(stuck).task_id, then="resume")
    stuck.work()
    vault = stuck.services.engine.vault
    assert isinstance(vault, Vault)
    assert len(list(vault.leaving())) == 1
    nothing = cast("Any", None)
    opened = Doors(stuck.services.engine, stuck.redis, "")
    Session(nothing, nothing, nothing, nothing, nothing)._leaving(opened, None, None, None)
    of = partial(given_back.tell, Threads(stuck.redis), lambda _team: stuck.services)
    give_back(stuck.services.engine, of)
    stuck.notify()

    assert [words(one["blocks"]) for one in stuck.letters() if "was given back" in words(one["blocks"])]
