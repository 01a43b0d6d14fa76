"""Groups of which one was copied from the other, with one search key ([MS-OXCPRPT] 2.2.1.9), in different folders."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from tests.contract.exchange.conftest import account
from tests.servers.altering import altering
from tests.servers.exchange.pair import OLD
from tests.servers.items.group_seeds import alone, group, nested
from tests.servers.items.moving import Moving, moving
from tests.servers.world import PASSWORD

LONGEST = 4.0       # seconds that the source keeps a group back


def copied(at: Moving) -> str:
    """Copies the group into the uppermost folder and changes the copy; the id of the first one."""
    [first] = at.there.named("DistributionList")["choir"]
    at.old.call(
        '<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="contacts"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{first}"/></m:ItemIds></m:CopyItem>'
    )
    [copy] = set(at.there.named("DistributionList")["choir"]) - {first}
    at.old.update("DistributionList", copy, ("contacts:DisplayName", "<t:DisplayName>choir of 1999</t:DisplayName>"))
    at.old.append(
        "DistributionList", copy, "distributionlist:Members",
        "<t:Members><t:Member><t:Mailbox><t:EmailAddress>gone@example.net</t:EmailAddress></t:Mailbox></t:Member>"
        "</t:Members>",
    )
    return first


def test_a_group_waits_for_the_one_that_it_contains_and_not_for_a_copy_of_that(tmp_path: Path) -> None:
    """The source is slow to give the one; the copy in another folder, which came first, does not stand in for it."""
    seeds = [
        group("choir", alone("now@example.net"), place=("Contacts", "Z")),
        group("all", nested("choir"), place=("Contacts", "M")),
    ]
    with moving(tmp_path, seeds) as at:
        choir = copied(at).encode()
        [outer] = at.there.named("DistributionList")["all"]
        there = at.there.expanded()

        def slow(body: bytes) -> bytes:
            """Gives the copy first, then what contains the other one, and that last; each waits for seconds at most."""
            wanted = {choir: "all", outer.encode(): "choir of 1999"}
            until = time.monotonic() + LONGEST
            for name in (after for item, after in wanted.items() if item in body and b"item:Attachments" in body):
                while name not in at.here.named("DistributionList") and time.monotonic() < until:
                    threading.Event().wait(0.05)
            return body

        with altering(urlsplit(at.old.emulator.url).port or 0, slow) as port:
            url = f"http://127.0.0.1:{port}{urlsplit(at.old.emulator.url).path}"
            source = ExchangeSource(account(url, OLD), PASSWORD, Network(trusts_person=True), waits=(0.0,))
            at.at.connectors.sources["old"] = source  # type: ignore[assignment]  # a source
            at.migrate()

        assert at.here.expanded() == there
