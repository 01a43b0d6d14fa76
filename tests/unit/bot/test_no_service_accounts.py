"""Nobody opens somebody else's mailbox from Slack: a service account is the terminal's alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import offers
from bot.ids import Block
from bot.stored.drafts import Draft, Fields
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
NAMES = [
    "mailbox", "access", "source_mailbox", "destination_mailbox", "source_access", "full_access", "impersonation",
    "open", *Block,
]
SAYINGS = st.sampled_from([
    "bob@example.org", "full access", "impersonation", "mover@example.org, for the mailbox bob@example.org",
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


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(NAMES), SAYINGS))
def test_no_payload_of_slack_asks_for_a_service_account(more: dict[str, str]) -> None:
    """Whatever stands in whatever field, also in fields that no form of ours has."""
    found = forms.parse_migration(state({**GOOD, **more}), DRAFT, OFFERS)

    if isinstance(found, Filled):
        assert opens_no_other(found.request)
        assert opens_no_other(forms.request_of(found.fields))


@given(st.dictionaries(st.sampled_from(["source_server", "source_login", "destination_server", "destination_login"]),
                       SAYINGS))
def test_what_is_kept_of_a_form_asks_for_none_either(changes: dict[str, str]) -> None:
    """Nor can a draft, whoever wrote it into the store."""
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
def test_no_module_of_the_bot_can_make_one(path: Path) -> None:
    """Accounts with another mailbox are made by one function, and its only callers are at the terminal."""
    assert account.opening.__name__ == "opening"
    assert not {"Access", "opening"} & set(names(path))
