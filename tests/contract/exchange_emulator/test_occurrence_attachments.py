"""Attachments of one occurrence: what is deleted there stays on the series (MS-OXOCAL 2.2.10, MS-OXWSATT 3.1.4.2)."""

import pytest

from emulators.exchange import ExchangeEmulator

from .attachments import attach, attached, attached_item, detach, file, get, names_of
from .calendars import HOUR, created, delete, occurrence, update, weekly
from .calendars import get as get_item
from .people import find
from .soap import Mailbox, distinguished, keyless, reference

SERIES = f"<t:Subject>Plan</t:Subject>{HOUR}{weekly('Monday', start='2024-03-04', number=3)}"


def of_occurrence(mailbox: Mailbox, master: str, index: int) -> list[str]:
    """The ids of an occurrence's attachments, as it lists them."""
    found = mailbox.call(get_item(occurrence(master, index))).ok().all(".//t:Attachments/*/t:AttachmentId")
    return [str(one.get("Id")) for one in found]


def names(mailbox: Mailbox, master: str) -> list[list[str]]:
    """The names of what is attached to the series, and to each of its occurrences."""
    ids = [occurrence(master, index) for index in (1, 2, 3)]
    items = mailbox.call(get_item(*ids)).ok().all(".//t:CalendarItem")
    listed = [[one.text or "" for one in item.iterfind("{*}Attachments/*/{*}Name")] for item in items]
    return [names_of(mailbox, master), *listed]


def test_MS_OXWSATT_R533_an_attachment_of_the_series_is_deleted_from_one_occurrence(mailbox: Mailbox) -> None:
    """Deleted by the id that an occurrence lists, it is gone from this one; the series and the others keep it."""
    master = created(mailbox, SERIES)
    attached(mailbox, master, file("plan"))
    attached(mailbox, master, file("map"))

    answer = detach(mailbox, of_occurrence(mailbox, master, 2)[0]).ok()

    plan = ["plan", "map"]
    assert names(mailbox, master) == [plan, plan, ["map"], plan]
    second = mailbox.call(get_item(occurrence(master, 2))).ok()
    assert second.text(".//t:CalendarItemType") == "Exception"
    assert answer.one(".//m:RootItemId").get("RootItemId") == second.one(".//t:CalendarItem/t:ItemId").get("Id")


def test_MS_OXWSATT_R533_an_attachment_of_an_exception_s_own_is_deleted_from_it_alone(mailbox: Mailbox) -> None:
    """An exception's own attachment goes; what it has from the series stays on it, under the ids it listed before."""
    master = created(mailbox, SERIES)
    attached(mailbox, master, file("plan"))
    before = of_occurrence(mailbox, master, 2)
    second = reference(mailbox.call(get_item(occurrence(master, 2))).ok().one(".//t:CalendarItem/t:ItemId"), key=False)
    own = attached(mailbox, second, file("own"))

    detach(mailbox, own).ok()

    assert names(mailbox, master) == [["plan"]] * 4
    assert of_occurrence(mailbox, master, 2) == before
    assert get(mailbox, before[0]).ok().text(".//t:Name") == "plan"


def test_MS_OXOCAL_2_2_1_44_2_an_exception_shares_what_it_has_none_of_its_own_of(mailbox: Mailbox) -> None:
    """A renamed occurrence has what the series gets and loses later; one with a file of its own keeps what it has."""
    master = created(mailbox, SERIES)
    mailbox.call(update(occurrence(master, 2), ("item:Subject", "<t:Subject>Renamed</t:Subject>"))).ok()
    third = reference(mailbox.call(get_item(occurrence(master, 3))).ok().one(".//t:CalendarItem/t:ItemId"), key=False)
    attached(mailbox, third, file("own"))

    plan = attached(mailbox, master, file("plan"))
    with_plan = names(mailbox, master)
    flags = mailbox.call(get_item(occurrence(master, 2), occurrence(master, 3))).ok().texts(".//t:HasAttachments")
    detach(mailbox, plan).ok()

    assert with_plan == [["plan"], ["plan"], ["plan"], ["own"]]
    assert flags == ["true", "true"]
    assert names(mailbox, master) == [[], [], [], ["own"]]


def test_MS_OXWSATT_R20001_what_hangs_on_an_attached_item_is_deleted_from_one_occurrence(mailbox: Mailbox) -> None:
    """A file of an attached message is deleted in the occurrence that lists it, and read from the series."""
    master = created(mailbox, SERIES)
    inner = attached_item(f"<t:Subject>Inner</t:Subject><t:Attachments>{file('deep')}</t:Attachments>")
    whole = attached(mailbox, master, inner)
    inside = ".//t:Message/t:Attachments/*/t:AttachmentId"
    one = of_occurrence(mailbox, master, 2)[0]

    detach(mailbox, str(get(mailbox, one).ok().one(inside).get("Id"))).ok()

    assert not get(mailbox, one).ok().all(inside)
    assert len(get(mailbox, whole).ok().all(inside)) == 1


def test_MS_OXWSATT_R465001_an_attachment_of_an_occurrence_that_is_gone(mailbox: Mailbox) -> None:
    """What an occurrence listed is not found once it has been deleted there; the series still gives its own."""
    master = created(mailbox, SERIES)
    kept = str(attach(mailbox, master, file("plan")).ok().one(".//t:AttachmentId").get("Id"))
    one = of_occurrence(mailbox, master, 2)[0]
    detach(mailbox, one).ok()

    assert detach(mailbox, one).codes == ["ErrorInvalidAttachmentId"]
    assert get(mailbox, one).codes == ["ErrorInvalidAttachmentId"]
    assert get(mailbox, kept).ok().text(".//t:Name") == "plan"


def with_exception(mailbox: Mailbox, content: bytes) -> str:
    """A series whose second occurrence has a file of its own."""
    master = created(mailbox, SERIES)
    second = mailbox.call(get_item(occurrence(master, 2))).ok().one(".//t:CalendarItem/t:ItemId")
    attached(mailbox, reference(second), file("own", content))
    return master


def test_MS_OXOCAL_2_2_10_an_exception_takes_room_in_its_series(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """What is attached to an exception counts against the quota, with copies and restored series too."""
    emulator.configure(quota_bytes=15_000)
    master = with_exception(mailbox, bytes(8_000))

    assert mailbox.call(copying(master)).codes == ["ErrorQuotaExceeded"]
    mailbox.call(delete(master)).ok()
    another = with_exception(mailbox, bytes(8_000))
    purged = mailbox.call(find("recoverableitemspurges")).ok().one(".//t:ItemId")
    assert mailbox.call(copying(reference(purged)).replace("CopyItem", "MoveItem")).codes == ["ErrorQuotaExceeded"]
    mailbox.call(delete(another)).ok()
    mailbox.call(copying(reference(purged)).replace("CopyItem", "MoveItem")).ok()


@pytest.mark.parametrize("gone", ["series", "occurrence", "recurrence", "folder"])
def test_MS_OXOCAL_2_2_10_an_exception_gives_its_room_back(
    emulator: ExchangeEmulator, mailbox: Mailbox, gone: str
) -> None:
    """Once the series, the occurrence, its recurrence or its folder is gone, there is room for as much again."""
    emulator.configure(quota_bytes=15_000)
    for number in range(3):
        master = with_exception(mailbox, bytes(8_000))
        if gone == "folder":
            place = mailbox.folder(f"Old {number}", kind="CalendarFolder")
            mailbox.call(copying(master, place).replace("CopyItem", "MoveItem")).ok()
            erased = f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>{place}</m:FolderIds></m:DeleteFolder>'
            mailbox.call(erased).ok()
        if gone == "occurrence":
            mailbox.call(delete(occurrence(master, 2))).ok()
        if gone == "recurrence":
            rule = weekly("Tuesday", start="2024-03-05", number=3)
            mailbox.call(update(keyless(master), ("calendar:Recurrence", rule))).ok()
        if gone == "series":
            mailbox.call(delete(master)).ok()


def copying(item: str, folder: str = distinguished("calendar")) -> str:
    """A CopyItem."""
    return f"<m:CopyItem><m:ToFolderId>{folder}</m:ToFolderId><m:ItemIds>{keyless(item)}</m:ItemIds></m:CopyItem>"
