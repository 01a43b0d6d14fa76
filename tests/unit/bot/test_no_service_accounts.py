"""Nobody opens somebody else's mailbox from Slack, but for admins whom the workspace's policy names for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import fakeredis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import offers, service_accounts
from bot.ids import Block
from bot.people import Person
from bot.permissions import NotAllowedError
from bot.services import Services
from bot.stored.drafts import Draft, Fields
from bot.stored.policies import Policies
from bot.views import forms
from bot.views.forms import Filled
from engine.errors import InputError
from engine.migration import account
from engine.migration.account import Access
from engine.migration.request import MigrationRequest
from tests.unit.bot.records import NOW, OWNER, TASK

OFFERS = offers.read()
DRAFT = Draft(TASK, "T0", OWNER, "", NOW, edition=3)
GOOD = {
    "source_kind": "imap", "source_server": "imap.example.org", "source_login": "carol@example.org",
    "source_password_3": "one", "destination_server_3": "ex.example.com", "destination_login": "carol@example.com",
    "destination_password_3": "two",
}
NAMES = ["mailbox", "access", "full_access", "impersonation", "open", *Block]
ADMIN = Person("U0NAMED", "T0", ("T0",), is_admin=True)
NOT_NAMED = {
    "a member": replace(ADMIN, id="U0MEMBER", is_admin=False),
    "an admin whom nobody names": replace(ADMIN, id="U0ADMIN"),
    "an admin who is named, and no longer an admin": replace(ADMIN, is_admin=False),
    "an admin who is named, and a guest by now": replace(ADMIN, is_guest=True),
    "an admin of another workspace with that ID": replace(ADMIN, team="T9", teams=("T9",)),
}
SAYINGS = st.sampled_from([
    "bob@example.org", "full access", "impersonation", "own", "mover@example.org, for the mailbox bob@example.org",
    "ews+https://mover%40example.org@ex.example.com?mailbox=bob%40example.org", "ex.example.com/bob@example.org",
    "ex.example.com/EWS/Exchange.asmx?mailbox=bob@example.org", "--destination-mailbox bob@example.org",
    "mover@example.org;mailbox=bob@example.org", "mover@example.org\\bob@example.org",
]) | st.text(max_size=40)


def state(texts: dict[str, str]) -> dict[str, dict[str, Any]]:
    """view.state.values with these texts; menus and boxes hold them too."""
    values: dict[str, dict[str, Any]] = {
        name: {"x": {"value": said, "selected_option": {"value": said}}} for name, said in texts.items()
    }
    values[Block.CONTENTS] = {"x": {"selected_options": [{"value": "mail"}]}}
    return values


def opens_no_other(request: MigrationRequest) -> bool:
    return all((end.mailbox, end.access) == ("", Access.OWN) for end in (request.source, request.destination))


@pytest.fixture(scope="module")
def services() -> Services:
    """A workspace whose policy names one admin."""
    policies = Policies(fakeredis.FakeRedis())
    policies.change("T0", lambda policy: replace(policy, service_accounts=(ADMIN.id,)))
    return cast("Services", SimpleNamespace(team="T0", policies=policies))


def is_refused(services: Services, person: Person, fields: Fields) -> bool:
    try:
        service_accounts.check_fields(services, person, fields)
    except NotAllowedError:
        return True
    return False


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(NAMES), SAYINGS), st.sampled_from(list(NOT_NAMED.values())))
def test_no_payload_of_slack_asks_for_a_service_account(
    services: Services, more: dict[str, str], person: Person
) -> None:
    """Whatever stands in whatever field, also in fields that no form has: it is refused, or asks for none."""
    found = forms.parse_migration(state({**GOOD, **more}), DRAFT, OFFERS)

    if isinstance(found, Filled) and not is_refused(services, person, found.fields):
        assert opens_no_other(found.request)
        assert opens_no_other(forms.request_of(found.fields))


@pytest.mark.parametrize("person", NOT_NAMED.values(), ids=NOT_NAMED)
@pytest.mark.parametrize("access", [Access.IMPERSONATION, Access.FULL_ACCESS])
def test_who_is_not_named_is_refused_a_form_that_asks_for_one(
    services: Services, person: Person, access: Access
) -> None:
    """A form as an admin would send it, forged; the admin who is named may send it."""
    asks = {Block.DESTINATION_ACCESS: access.value, Block.DESTINATION_MAILBOX: "bob@example.com"}
    found = forms.parse_migration(state({**GOOD, **asks}), DRAFT, OFFERS)

    assert isinstance(found, Filled), found
    assert (found.request.destination.mailbox, found.request.destination.access) == ("bob@example.com", access)
    assert is_refused(services, person, found.fields)
    assert not is_refused(services, ADMIN, found.fields)


@given(st.dictionaries(st.sampled_from(["source_server", "source_login", "destination_server", "destination_login"]),
                       SAYINGS))
def test_no_other_field_of_what_is_kept_asks_for_one(changes: dict[str, str]) -> None:
    """Nor can a login or a server of a draft, whoever wrote it into the store."""
    good = {"source_server": "imap.example.org", "source_login": "a", "destination_server": "ex.example.com",
            "destination_login": "b"}
    try:
        found = forms.request_of(Fields(**{**good, **changes}))  # type: ignore[arg-type]  # texts all
    except InputError:
        return

    assert opens_no_other(found)


def test_a_good_form_is_taken() -> None:
    """What the tests above change is a form that would have been sent."""
    found = forms.parse_migration(state(GOOD), DRAFT, OFFERS)

    assert isinstance(found, Filled), found
    assert opens_no_other(found.request)


def names(path: Path) -> Iterator[str]:
    """Every name that a file uses."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.attr


@pytest.mark.parametrize("path", sorted(Path(forms.__file__).parents[1].rglob("*.py")), ids=lambda path: path.name)
def test_one_module_of_the_bot_can_make_one(path: Path) -> None:
    """Accounts with another mailbox are made by one function, and its only caller in the bot reads them of a form."""
    assert account.opening.__name__ == "opening"
    assert "opening" not in names(path) or path.name == "openings.py"
