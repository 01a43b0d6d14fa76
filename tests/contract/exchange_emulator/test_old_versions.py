"""Exchange 2010 and its service packs, and how much a server lets one user do."""

import threading

import pytest

from emulators.exchange import ExchangeEmulator, Fault, Settings
from emulators.exchange.budget import Budgets
from emulators.exchange.errors import SoapFault

from .calendars import HOUR
from .calendars import created as appointment
from .soap import Answer, Mailbox, distinguished, names

INBOX = distinguished("inbox")
GET = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
    f"<m:FolderIds>{INBOX}</m:FolderIds></m:GetFolder>"
)
RULES = "<m:GetInboxRules/>"
ARCHIVE = GET.replace(INBOX, distinguished("archivemsgfolderroot"))
SYNC = (
    "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
    f"<m:SyncFolderId>{INBOX}</m:SyncFolderId><m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
)


def get_item(item: str, *uris: str, base: str = "IdOnly") -> str:
    """A GetItem of properties."""
    inside = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in uris)
    more = f"<t:AdditionalProperties>{inside}</t:AdditionalProperties>" if uris else ""
    return (
        f"<m:GetItem><m:ItemShape><t:BaseShape>{base}</t:BaseShape>{more}</m:ItemShape>"
        f"<m:ItemIds>{item}</m:ItemIds></m:GetItem>"
    )


@pytest.mark.parametrize(
    ("version", "build", "name"),
    [
        ("2010 RTM", ("14", "0"), "Exchange2010"),
        ("2010 SP1", ("14", "1"), "Exchange2010_SP1"),
        ("2010 SP2", ("14", "2"), "Exchange2010_SP2"),
        ("2010", ("14", "3"), "Exchange2010_SP2"),
    ],
)
def test_each_service_pack_says_so(
    emulator: ExchangeEmulator, mailbox: Mailbox, version: str, build: tuple[str, str], name: str
) -> None:
    """ServerVersionInfo tells the build and its schema, and there are no headers of a front end that 2013 brought."""
    emulator.configure(version=version)

    answer = mailbox.call(GET, version=name).ok()

    assert (answer.server["MajorVersion"], answer.server["MinorVersion"], answer.server["Version"]) == (*build, name)
    assert not [one for one in ("X-FEServer", "X-BEServer", "request-id") if one in answer.headers]


@pytest.mark.parametrize(
    ("version", "newest", "newer"),
    [
        ("2010 RTM", "Exchange2010", "Exchange2010_SP1"),
        ("2010 SP1", "Exchange2010_SP1", "Exchange2010_SP2"),
        ("2010", "Exchange2010_SP2", "Exchange2013"),
    ],
)
def test_a_version_newer_than_the_service_pack_is_refused(
    emulator: ExchangeEmulator, mailbox: Mailbox, version: str, newest: str, newer: str
) -> None:
    """RequestServerVersion is at most that of the service pack; ErrorInvalidServerVersion is told of any other."""
    emulator.configure(version=version)

    assert mailbox.call(GET, version=newest).ok()
    refused = mailbox.call(GET, version=newer)
    assert (refused.status, refused.fault) == (500, "ErrorInvalidServerVersion")


@pytest.mark.parametrize("request_", [RULES, ARCHIVE], ids=["inbox rules", "archive"])
def test_what_the_first_service_pack_brought_is_unknown_before(
    emulator: ExchangeEmulator, mailbox: Mailbox, request_: str
) -> None:
    """Inbox rules and archives came with SP1; to the first release their words are not valid."""
    emulator.add_archive(mailbox.address)
    emulator.configure(version="2010 RTM")
    assert mailbox.call(request_, version="Exchange2010").fault == "ErrorSchemaValidation"

    emulator.configure(version="2010 SP1")
    assert mailbox.call(request_, version="Exchange2010_SP1").status == 200


@pytest.mark.parametrize(
    "uri",
    [
        "calendar:EnhancedLocation",
        "calendar:IsOrganizer",
        "calendar:StartTimeZoneId",
        "calendar:StartWallClock",
    ],
)
def test_MS_OXWSMTGS_R696_R699_R701_R80048_properties_of_2013_are_unknown_before(
    emulator: ExchangeEmulator, mailbox: Mailbox, uri: str
) -> None:
    """To a server of 2010 they are not valid; a newer one tells that the version asked for does not know them."""
    item = appointment(mailbox, HOUR)

    assert mailbox.call(get_item(item, uri), version="Exchange2010_SP2").fault == "ErrorIncorrectSchemaVersion"
    assert mailbox.call(get_item(item, uri), version="Exchange2013").ok()
    emulator.configure(version="2010")
    assert mailbox.call(get_item(item, uri), version="Exchange2010_SP2").fault == "ErrorSchemaValidation"


def test_MS_OXWSMTGS_R80048_all_properties_of_2010_are_those_it_knows(mailbox: Mailbox) -> None:
    """AllProperties of an appointment holds nothing newer than the version asked for."""
    place = "<t:EnhancedLocation><t:DisplayName>Here</t:DisplayName></t:EnhancedLocation>"
    request = get_item(appointment(mailbox, HOUR + place), base="AllProperties")
    new, old = (
        set(names(mailbox.call(request, version=version).ok().one(".//t:CalendarItem")))
        for version in ("Exchange2013", "Exchange2010_SP2")
    )

    assert "EnhancedLocation" in new
    assert not {"IsOrganizer", "StartWallClock", "StartTimeZoneId", "EnhancedLocation"} & old
    assert "UID" in old


def test_the_page_ews_throttling_each_version_has_its_default_policy() -> None:
    """EWSMaxConcurrency is 10 before 2013 and 27 since, unless a policy says another number."""
    assert [Settings(version=one).concurrency for one in ("2010 SP1", "2010", "2013", "2019")] == [10, 10, 27, 27]
    assert Settings(version="2010", max_concurrency=3).concurrency == 3


@pytest.mark.parametrize(("version", "code"), [("2010", None), ("2013", None), ("2019", "ErrorServerBusy")])
def test_concurrent_synchronizations_are_counted_since_2016(
    emulator: ExchangeEmulator, mailbox: Mailbox, version: str, code: str | None
) -> None:
    """ConcurrentSyncCalls is no policy of older servers: a second synchronization at a time is answered there."""
    emulator.configure(version=version, max_concurrent_sync=1)
    emulator.add_fault(Fault(operation="SyncFolderItems", action="hold", name=f"sync {version}", nth=1))
    thread = threading.Thread(target=lambda: mailbox.call(SYNC, version="Exchange2010_SP2"))
    thread.start()
    try:
        assert emulator.wait_held(f"sync {version}", 90)
        second = mailbox.call(SYNC, version="Exchange2010_SP2")
    finally:
        emulator.release(f"sync {version}")
        thread.join(60)

    assert (second.fault if second.status == 500 else None) == code


def back_off(answer: Answer) -> int:
    """The BackOffMilliseconds of ErrorServerBusy."""
    assert (answer.status, answer.fault) == (500, "ErrorServerBusy")
    value = answer.one("detail/t:MessageXml/t:Value")
    assert value.get("Name") == "BackOffMilliseconds"
    return int(value.text or "")


def test_the_page_ews_throttling_who_has_read_too_much_is_told_how_long_to_wait(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """Reading is charged by item; then it is ErrorServerBusy with the time that is left, and writing goes on."""
    items = mailbox.messages(*["<t:Subject>x</t:Subject>"] * 3, folder=INBOX)
    emulator.configure(budget_items=3, budget_back_off_ms=3_600_000)

    assert mailbox.call(get_item("".join(items))).ok()
    first = back_off(mailbox.call(GET))
    again = back_off(mailbox.call(SYNC))

    assert first == 3_600_000
    assert 0 < again <= first
    assert mailbox.message()


def test_the_page_ews_throttling_a_budget_is_whole_again_after_its_time() -> None:
    """Whoever waits as told is answered, whoever comes early is told what is left; no user pays for another."""
    now = [100.0]
    budgets = Budgets(lambda: now[0])

    def take(user: str = "ann", items: int = 2) -> str:
        try:
            budgets.take(user, "GetItem", items, limit=2, back_off_ms=5000)
        except SoapFault as error:
            return f"{error.code} {dict(error.values)['BackOffMilliseconds']}"
        return "answered"

    told = [take(), take()]
    now[0] += 4
    told += [take(), take("ben")]
    now[0] += 1
    told += [take(items=1), take(items=1), take()]

    assert told == [
        "answered",
        "ErrorServerBusy 5000",
        "ErrorServerBusy 1000",
        "answered",
        "answered",
        "answered",
        "ErrorServerBusy 5000",
    ]
