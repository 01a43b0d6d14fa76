"""`omm rollback --destination`: the store is lost, and the mailbox itself says what a migration was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from shutil import rmtree
from urllib.parse import quote

import pytest

from emulators.exchange import ExchangeEmulator
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES
from engine.connectors.network.pinning import Network
from engine.store.key_file import ADD_TO
from tests.contract.exchange.conftest import account
from tests.servers.certificates import certificate
from tests.servers.exchange.pair import SENT, Mailbox
from tests.servers.exchange.rules import DELETE, RuleBox, strings
from tests.servers.unheard import unheard
from tests.system.command import Command
from tests.system.conftest import PASSWORD

OTHER_KEY = "OTg3NjU0MzIxMGFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OLD, NEW = "claire@old.example", "claire@new.example"
SCHEDULE = (
    "<t:Duration><t:StartTime>2040-01-01T00:00:00Z</t:StartTime><t:EndTime>2040-01-02T00:00:00Z</t:EndTime></t:Duration>"
)


class Ends:
    """An old mailbox with mail, a rule and an out-of-office, and a new one on the same server."""

    def __init__(self, command: Command, exchange: ExchangeEmulator) -> None:
        self.command, self.exchange = command, exchange
        with self.mailbox(OLD) as box:
            for subject in ("one", "two"):
                box.create(subject, "Message", "", SENT, "")
            RuleBox(box).add("Junk", DELETE, strings("ContainsSubjectStrings", "spam"))

        self.is_away(OLD, "Enabled", "<t:Message>Back on Monday</t:Message>")
        self.is_away(NEW, "Disabled", "")

    def is_away(self, address: str, state: str, reply: str) -> None:
        """Sets the out-of-office of a mailbox."""
        with self.mailbox(address) as box:
            answer = box.asked(
                f"<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>{address}</t:Address></t:Mailbox><t:UserOofSettings>"
                f"<t:OofState>{state}</t:OofState><t:ExternalAudience>Known</t:ExternalAudience>{SCHEDULE}"
                f"<t:InternalReply>{reply}</t:InternalReply><t:ExternalReply>{reply}</t:ExternalReply>"
                "</t:UserOofSettings></m:SetUserOofSettingsRequest>"
            )
            assert answer.findtext(f".//{MESSAGES}ResponseCode") == "NoError"

    @contextmanager
    def mailbox(self, address: str) -> Iterator[Mailbox]:
        network = Network(ca_file=self.command.directory / "ca.pem", trusts_person=True)
        with closing(Sessions(account(self.exchange.url, address), PASSWORD, network)) as sessions:
            yield Mailbox(sessions)

    def url(self, address: str) -> str:
        return self.exchange.url.replace("https://", f"ews+https://{quote(address, safe='')}@")

    def lose_store(self) -> None:
        rmtree(self.command.state)


@pytest.fixture
def ends(command: Command) -> Iterator[Ends]:
    tls = certificate(command.directory / "tls")
    (command.directory / "ca.pem").write_bytes(tls.ca.read_bytes())
    command.environ["OMM_CA_FILE"] = str(command.directory / "ca.pem")
    command.passwords = {"OMM_SOURCE_PASSWORD": PASSWORD, "OMM_DESTINATION_PASSWORD": PASSWORD}
    with ExchangeEmulator(command.directory / "exchange.sqlite", tls=(tls.chain, tls.key)) as exchange:
        for address in (OLD, NEW):
            exchange.add_mailbox(address, password=PASSWORD)
        yield Ends(command, exchange)
        unheard(exchange)


def test_a_migration_is_rolled_back_from_the_mailbox_alone(ends: Ends) -> None:
    """With the keys as with a record, which there is afterwards; without them, and without a mailbox, it says why not.

    Whatever is refused changes nothing.
    """
    omm, before = ends.command.run, ends.exchange.dump(NEW)
    done = omm("migrate", ends.url(OLD), ends.url(NEW), "--json")
    task, moved = done.json["task_id"], ends.exchange.dump(NEW)
    assert {name: sums["copied"] for name, sums in done.json["contents"].items() if sums["copied"]} == {
        "mail": 2, "inbox rules": 1, "out-of-office": 1,
    }

    ends.lose_store()
    back = ("rollback", task, "--yes", "--json")
    there = ("--destination", ends.url(NEW))
    unnamed = omm(*back)
    other_key = omm(*back, *there, env={"OMM_SECRET_KEYS": OTHER_KEY})
    ends.lose_store()
    unknown = omm("rollback", "0000-0000", "--yes", *there)
    elsewhere = omm(*back, "--destination", ends.url(OLD))

    assert [one.status for one in (unnamed, other_key, unknown, elsewhere)] == [2] * 4
    assert f"omm rollback {task} --destination URL" in unnamed.stderr
    assert unnamed.json["state"] == "refused"
    assert f"Add that key to {ADD_TO}. Nothing was changed." in other_key.stderr
    assert "nothing about migration 0000-0000, and neither has the mailbox" in unknown.stderr
    assert "neither has the mailbox" in elsewhere.stderr
    assert ends.exchange.dump(NEW) == moved

    lost = omm(*back, *there)
    again, report = omm(*back, *there), omm("report", task, "--json")
    audit = omm("admin", "audit", task)

    assert (lost.status, again.status, report.status) == (0, 0, 0), lost.stderr
    assert "looking into the mailbox" in lost.stderr
    assert "  Mail: 2 messages\n" in lost.stderr
    assert "  Inbox rules: 1 rule, put back\n" in lost.stderr
    assert "  Out-of-office: as it was before\n" in lost.stderr
    assert lost.json["rollback"] == {
        "found": 4, "removed": 4, "kept": 0, "gone": 0, "folders_removed": 0, "folders_kept": 0,
    }
    assert "was rolled back already" in again.stderr
    assert report.json["state"] == "rolled back"
    assert [line["item"] for line in report.json["noted"]] == ["(the migration itself)"]
    assert ends.exchange.dump(NEW) == before
    assert [word in audit.stdout for word in ("refused: rollback", "ordered its rollback")] == [True, True]
