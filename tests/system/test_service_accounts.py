"""`omm` moves mail into a mailbox that a service account opens, signed in by NTLM and bound to TLS."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.system.conftest import ADDRESS, MESSAGES, PASSWORD, Ends

SERVICE = "mover@exchange.example"


@pytest.fixture
def urls(ends: Ends) -> tuple[str, str]:
    """Both accounts as they are typed; the destination's login is one that has no mailbox."""
    ends.exchange.add_account(SERVICE, password=PASSWORD)
    ends.exchange.configure(auth=("ntlm",), extended_protection="require")
    return ends.urls[0], ends.exchange.url.replace("https://", f"ews+https://{quote(SERVICE, safe='')}@")


def test_a_service_account_moves_mail_and_takes_it_back(ends: Ends, urls: tuple[str, str]) -> None:
    """By impersonation; a second run by full access finds all of it; status and rollback know the mailbox."""
    ends.exchange.configure(impersonation={SERVICE: [ADDRESS]}, full_access={SERVICE: [ADDRESS]})
    opened = ("--destination-mailbox", ADDRESS)

    moved = ends.command.run("migrate", *urls, *opened)
    again = ends.command.run("migrate", *urls, *opened, "--full-access", "destination", "--json")
    listed = ends.command.run("status")
    found = re.search(r"Migration (\S+)", moved.stdout)
    assert found is not None, moved.stderr
    taken_back = ends.command.run("rollback", found[1], "--yes")

    assert (moved.status, f"Mail: {MESSAGES} of {MESSAGES} messages copied." in moved.stdout) == (0, True)
    assert f"{SERVICE} on localhost, for the mailbox {ADDRESS}" in moved.stdout
    assert (again.status, again.json["contents"]["mail"]["already_there"]) == (0, MESSAGES)
    assert listed.stdout.count(ADDRESS) == 2
    assert SERVICE not in listed.stdout
    assert taken_back.status == 0, taken_back.stderr
    assert ends.subjects() == []


@pytest.mark.parametrize(("option", "right"), [
    ((), "may not impersonate"), (("--full-access", "destination"), "has no full access to"),
])
def test_a_service_account_without_the_right_is_told_which_one_it_lacks(
    ends: Ends, urls: tuple[str, str], option: tuple[str, ...], right: str
) -> None:
    """The check says so, and no task is begun."""
    refused = ends.command.run("migrate", *urls, "--destination-mailbox", ADDRESS, *option)

    assert refused.status == 2
    assert f"{SERVICE} {right} {ADDRESS} on the destination server." in refused.stderr
    assert ends.command.run("status", "--json").json == {"tasks": []}
