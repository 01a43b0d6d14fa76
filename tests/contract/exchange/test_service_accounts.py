"""A login that opens somebody else's mailbox, by impersonation and by full access: two rights, each alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import fakeredis
import pytest
from cryptography.fernet import Fernet

import wiring
from engine.connectors.exchange import acting
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.soap import envelope
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, RefusedError, Side
from engine.migration.account import Access
from engine.migration.back import roll_back
from engine.migration.checks import check
from engine.migration.content import Content
from engine.migration.forwards import migrate, start
from engine.migration.record import State
from engine.migration.request import MigrationRequest
from engine.pace.halt import Halt
from engine.ports.facts import Retention
from engine.ports.items import Marks, SourceMessage, Tagged
from engine.ports.source import Role
from engine.store.keys import secret_keys
from tests.servers.world import engine_on

from .conftest import PASSWORD, Scripted, Server, account, http, mime, new

RIGHTS = [Access.IMPERSONATION, Access.FULL_ACCESS]
GRANTS = {Access.IMPERSONATION: "impersonation", Access.FULL_ACCESS: "full_access"}
LARGE = 5_000_000       # bytes, of a message that is streamed


def grant(server: Server, service: str, access: Access, *mailboxes: str) -> None:
    """Gives the service account that right to these mailboxes, and no other."""
    rights: dict[str, Mapping[str, list[str]]] = {name: {} for name in GRANTS.values()}
    rights[GRANTS[access]] = {service: list(mailboxes)}
    server.emulator.configure(**rights)


def service_account(server: Server, *, has_mailbox: bool) -> str:
    address = server.mailbox()
    if has_mailbox:
        return address
    server.emulator.add_account(f"service.{address}", password=PASSWORD)
    return f"service.{address}"


def opened(
    server: Server, service: str, mailbox: str, access: Access, side: Side = Side.DESTINATION
) -> ExchangeDestination:
    theirs = replace(account(server.emulator.url, service), mailbox=mailbox, access=access)
    network = Network(trusts_person=True, ca_file=server.ca)
    server.opened.append(ExchangeDestination(theirs, PASSWORD, network, side=side))
    return server.opened[-1]


def inbox_of(destination: ExchangeDestination) -> str:
    return next(folder.id for folder in destination.folders() if folder.role is Role.INBOX)


def streamed(subject: str) -> Tagged[SourceMessage]:
    """A message that is read piece by piece."""
    content = mime(subject, size=LARGE)
    return Tagged(f"7K2F9QXD:0a1b2c3d:{1:032x}", SourceMessage(1, BytesIO(content), len(content), None, Marks()))


@pytest.mark.parametrize("access", RIGHTS)
@pytest.mark.parametrize("has_mailbox", [False, True])
@pytest.mark.parametrize("offer", ["basic", "ntlm"])
def test_everything_happens_in_the_mailbox_that_is_named(
    plain: Server, access: Access, has_mailbox: bool, offer: str
) -> None:
    """Folders, messages small and streamed, tags, stashes and removals: none of it in the service account's own."""
    plain.emulator.configure(auth=(offer,))
    service, owner = service_account(plain, has_mailbox=has_mailbox), plain.mailbox()
    grant(plain, service, access, owner)
    before = plain.emulator.messages(service) if has_mailbox else []

    theirs = opened(plain, service, owner, access)
    theirs.check()
    folder = theirs.create_folder(theirs.top, "Clients", "7K2F9QXD:0a1b2c3d")
    made = [*theirs.create(folder.id, [new("a"), new("b")]), *theirs.create(inbox_of(theirs), [streamed("large")])]
    theirs.stash("omm", b"kept")

    assert [(one.folder[-1], one.subject) for one in plain.emulator.messages(owner)] == [
        ("Clients", "a"), ("Clients", "b"), ("Inbox", "large")
    ]
    assert len(theirs.tags(folder.id, "").items) == 2
    assert theirs.stashed("omm") == b"kept"
    theirs.unstash("omm")
    theirs.delete([str(one.id) for one in made])
    assert plain.emulator.messages(owner) == []
    assert (plain.emulator.messages(service) if has_mailbox else []) == before


@pytest.mark.parametrize("access", RIGHTS)
def test_it_is_the_mailbox_that_its_owner_opens(plain: Server, access: Access) -> None:
    """The same key: a mailbox is not migrated into itself through a service account, and one task at a time has it."""
    service, owner = service_account(plain, has_mailbox=True), plain.mailbox()
    grant(plain, service, access, owner)
    theirs, own, services = opened(plain, service, owner.upper(), access), plain.open(owner), plain.open(service)

    for each in (theirs, own, services):
        each.probe()

    assert theirs.mailbox() == own.mailbox() != services.mailbox()


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("access", RIGHTS)
@pytest.mark.parametrize("has_mailbox", [False, True])
def test_a_right_that_is_not_there_is_named(plain: Server, side: Side, access: Access, has_mailbox: bool) -> None:
    """The other right does not do, nor the same one to somebody else's mailbox; nothing was signed in to twice."""
    service, owner = service_account(plain, has_mailbox=has_mailbox), plain.mailbox()
    other = next(one for one in RIGHTS if one is not access)
    said = "may not impersonate" if access is Access.IMPERSONATION else "has no full access to"

    for granted, mailbox in ((other, owner), (access, plain.mailbox())):
        grant(plain, service, granted, mailbox)
        with pytest.raises(FatalError, match=f"{service} {said} {owner} on the {side} server") as refused:
            opened(plain, service, owner, access, side).check()
        assert (refused.value.cause, refused.value.side) == (Cause.FORBIDDEN, side)
    assert plain.accepted(service) == [True] * len(plain.sign_ins(service))


@pytest.mark.parametrize("access", RIGHTS)
def test_an_alias_is_answered_with_the_primary_address(plain: Server, access: Access) -> None:
    """Exchange takes no other name here; whoever typed one reads which to type."""
    service, owner = service_account(plain, has_mailbox=False), plain.mailbox()
    plain.emulator.add_mailbox(owner, password=PASSWORD, aliases=[f"alias.{owner}"])
    grant(plain, service, access, owner, f"alias.{owner}")

    with pytest.raises(FatalError, match=f"primary address: {owner}$") as refused:
        opened(plain, service, f"alias.{owner}", access).check()

    assert refused.value.cause is Cause.MAILBOX_GONE


@pytest.mark.parametrize("access", RIGHTS)
def test_a_mailbox_of_nobody_is_not_there(plain: Server, access: Access) -> None:
    """It is no question of a right."""
    service = service_account(plain, has_mailbox=False)
    grant(plain, service, access, "nobody@example.org")
    plain.emulator.configure(impersonation={service: ["*"]})

    with pytest.raises(FatalError, match="There is no such mailbox on the destination server") as refused:
        opened(plain, service, "nobody@example.org", access).check()

    assert refused.value.cause is Cause.MAILBOX_GONE


@pytest.mark.parametrize("access", RIGHTS)
def test_requests_are_led_to_the_servers_of_the_mailbox(scripted, access: Access) -> None:
    """X-AnchorMailbox names it; whoever is not signed in is told nothing of who acts for whom."""
    seen: list[bytes] = []

    def play(server: Scripted, connection) -> None:
        while request := server.request(connection):
            seen.append(request)
            signed_in = b"\r\nAuthorization:" in request
            connection.sendall(http(503) if signed_in else http(401, WWW_Authenticate='Basic realm="x"'))

    url = scripted(play).url
    theirs = replace(account(url, "service"), mailbox="bob&co@example.org", access=access)
    with pytest.raises(FatalError):
        ExchangeDestination(theirs, PASSWORD, Network(trusts_person=True)).check()

    anonymous, signed_in = seen[0], seen[-1]
    assert b"Authorization:" not in anonymous
    assert b"Authorization:" in signed_in
    assert b"\r\nX-AnchorMailbox: bob&co@example.org\r\n" in signed_in
    assert b"bob&amp;co@example.org" in signed_in
    assert (b"ExchangeImpersonation" in signed_in) is (access is Access.IMPERSONATION)
    assert b"bob&amp;co" not in anonymous


@pytest.mark.parametrize("version", ["2010 SP1", "2010", "2013", "2019"])
@pytest.mark.parametrize("access", RIGHTS)
def test_a_source_of_any_version_is_opened_so(plain: Server, access: Access, version: str) -> None:
    """By the requests of its own version, its folders and messages are those of the mailbox that is named."""
    plain.emulator.configure(version=version)
    service, owner = service_account(plain, has_mailbox=True), plain.mailbox()
    grant(plain, service, access, owner)
    plain.emulator.deliver(owner, mime("theirs"))
    theirs = replace(account(plain.emulator.url, service), mailbox=owner, access=access)

    seen = ExchangeSource(theirs, PASSWORD, Network(trusts_person=True)).check()

    assert seen.messages == 1
    assert seen.mailbox == ExchangeSource(
        account(plain.emulator.url, owner), PASSWORD, Network(trusts_person=True)
    ).mailbox()


@pytest.mark.parametrize(("version", "ends"), [
    *(("2010 SP1", (one, one)) for one in RIGHTS),
    *(("2019", (one, other)) for one in RIGHTS for other in RIGHTS if one is not other),
])
def test_mail_moves_between_two_mailboxes_that_service_accounts_open(
    plain: Server, tls: Server, tmp_path: Path, ends: tuple[Access, Access], version: str
) -> None:
    """All of the one and none of the service accounts' own mail arrives in the other, and is taken back from there."""
    plain.emulator.configure(version=version)
    mover, there = service_account(plain, has_mailbox=True), service_account(tls, has_mailbox=True)
    old, new_one = plain.mailbox(), tls.mailbox()
    for server, service, access, mailbox in ((plain, mover, ends[0], old), (tls, there, ends[1], new_one)):
        grant(server, service, access, mailbox)
        server.emulator.deliver(service, mime("the service account's own"))
    for subject in ("one", "two", "three"):
        plain.emulator.deliver(old, mime(subject))
    keys = secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path)
    connectors = wiring.Connectors(Network(trusts_person=True, ca_file=tls.ca))
    engine = engine_on(fakeredis.FakeRedis(), keys, connectors, grace=0.1)
    wanted = MigrationRequest(
        replace(account(plain.emulator.url, mover), mailbox=old, access=ends[0]),
        replace(account(tls.emulator.url, there), mailbox=new_one, access=ends[1]), (Content.MAIL,),
    )

    seen = check(engine, wanted, source_password=PASSWORD, destination_password=PASSWORD)
    task = start(engine, wanted, source_password=PASSWORD, destination_password=PASSWORD).task_id
    done = migrate(engine, task, halt=Halt())
    moved = [message.subject for message in tls.emulator.messages(new_one)]
    back = roll_back(engine, task, discard_changes=False, halt=Halt())

    assert seen.source.messages == 3
    assert (done.state, done.attention, sorted(moved)) == (State.COMPLETED, None, ["one", "three", "two"])
    assert (back.state, tls.emulator.messages(new_one)) == (State.ROLLED_BACK, [])
    for server, service in ((plain, mover), (tls, there)):
        assert [message.subject for message in server.emulator.messages(service)] == ["the service account's own"]


TAGS = ({"Type": "All", "RetentionPeriod": "30", "RetentionAction": "PermanentlyDelete"},)


@pytest.mark.parametrize("has_mailbox", [False, True])
@pytest.mark.parametrize(("access", "told"), [(Access.IMPERSONATION, (Retention(30),)), (Access.FULL_ACCESS, ())])
def test_what_the_service_account_s_own_mailbox_deletes_is_not_said_of_the_other(
    plain: Server, access: Access, told: tuple[Retention, ...], has_mailbox: bool
) -> None:
    """A message would count as deleted by a rule that is not the mailbox's, and never be copied again."""
    service, owner = service_account(plain, has_mailbox=has_mailbox), plain.mailbox()
    grant(plain, service, access, owner)
    plain.emulator.configure(retention_tags=TAGS)
    theirs = opened(plain, service, owner, access)
    theirs.probe()
    before = len(plain.sign_ins(service))

    assert theirs.retention() == told
    assert theirs.check().retention == told
    assert len(plain.sign_ins(service)) - before <= 1


@pytest.mark.parametrize("request_", [
    "GetInboxRules", "UpdateInboxRules", "GetUserOofSettingsRequest", "SetUserOofSettingsRequest",
    "GetUserRetentionPolicyTags",
])
def test_what_is_the_login_s_own_is_not_asked_by_full_access(plain: Server, request_: str) -> None:
    """It would be read from the service account, or written to it, without an error."""
    service, owner = service_account(plain, has_mailbox=True), plain.mailbox()
    grant(plain, service, Access.FULL_ACCESS, owner)
    theirs = opened(plain, service, owner, Access.FULL_ACCESS)
    theirs.probe()
    before = len(plain.emulator.requests)

    with pytest.raises(RefusedError, match="Full access to a mailbox does not open this"):
        theirs._sessions.ask(envelope(f"<m:{request_}/>"))

    assert len(plain.emulator.requests) == before


def test_no_request_names_a_folder_in_a_way_that_is_not_rewritten() -> None:
    """A distinguished id is written as full access rewrites it, wherever one is written."""
    package = Path(acting.__file__).parent
    written = {path: path.read_text().count("<t:DistinguishedFolderId ") for path in package.rglob("*.py")}
    plainly = re.compile(r'<t:DistinguishedFolderId Id="(\w+|\{\w+\})"/>')

    for path, count in written.items():
        if path != Path(acting.__file__):
            assert len(plainly.findall(path.read_text())) == count, path
    assert sum(written.values()) > 3
