"""What a server does at its limits: sizes, quota, page sizes, connections and time."""

import itertools
import threading
from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator, Fault

from .soap import Mailbox, distinguished, keyless, mime

INBOX = distinguished("inbox")


def creation(*subjects: str, text: str = "Hello") -> str:
    """A CreateItem of messages by MIME."""
    items = "".join(f"<t:Message><t:MimeContent>{mime(one, text=text)}</t:MimeContent></t:Message>" for one in subjects)
    return (
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{INBOX}</m:SavedItemFolderId>'
        f"<m:Items>{items}</m:Items></m:CreateItem>"
    )


def search(view: str = "") -> str:
    """A FindItem of subjects, sorted by them."""
    return (
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
        f'<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>{view}<m:SortOrder>'
        '<t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="item:Subject"/></t:FieldOrder></m:SortOrder>'
        f"<m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>"
    )


PAGE = '<m:IndexedPageItemView MaxEntriesReturned="{most}" Offset="{offset}" BasePoint="Beginning"/>'


def test_a_message_too_large_is_refused_alone(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A message over the limit is ErrorMessageSizeExceeded; those beside it are stored."""
    emulator.configure(max_message_bytes=3000)
    body = creation("small") + ""
    large = creation("large", text="x" * 4000)

    answer = mailbox.call(
        body.replace("</m:Items>", large[large.index("<t:Message>") : large.index("</m:Items>")] + "</m:Items>")
    )

    assert answer.codes == ["NoError", "ErrorMessageSizeExceeded"]
    assert mailbox.subjects(INBOX) == ["small"]


def test_a_full_mailbox_takes_nothing_more(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Where the quota is reached a creation is ErrorQuotaExceeded; after a deletion there is room again."""
    emulator.configure(quota_bytes=6000)
    first = mailbox.call(creation("first", text="x" * 3000)).ok()

    assert mailbox.call(creation("second", text="x" * 3000)).codes == ["ErrorQuotaExceeded"]
    assert mailbox.subjects(INBOX) == ["first"]

    item = f'<t:ItemId Id="{first.one(".//t:ItemId").get("Id")}"/>'
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>').ok()
    assert mailbox.call(creation("third", text="x" * 3000)).ok()


def test_a_full_mailbox_takes_no_copies_either(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A copy needs room like a new message."""
    first = mailbox.call(creation("first", text="x" * 3000)).ok()
    emulator.configure(quota_bytes=6000)
    item = f'<t:ItemId Id="{first.one(".//t:ItemId").get("Id")}"/>'

    answer = mailbox.call(f"<m:CopyItem><m:ToFolderId>{INBOX}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:CopyItem>")

    assert answer.codes == ["ErrorQuotaExceeded"]


def test_a_page_never_holds_more_than_the_server_allows(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A page size over the server's limit has no effect, and the page says that it is not the last."""
    mailbox.call(creation(*"abcde")).ok()
    emulator.configure(max_find_rows=3)

    answer = mailbox.call(search(PAGE.format(most=1000, offset=0))).ok()

    root = answer.one(".//m:RootFolder")
    assert answer.texts(".//t:Subject") == ["a", "b", "c"]
    assert (root.get("IncludesLastItemInRange"), root.get("IndexedPagingOffset"), root.get("TotalItemsInView")) == (
        "false",
        "3",
        "5",
    )


def test_a_search_without_pages_fails_over_the_limit(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Without paging, more items than the limit are ErrorExceededFindCountLimit."""
    mailbox.call(creation(*"abcde")).ok()
    emulator.configure(max_find_rows=3)

    assert mailbox.call(search()).codes == ["ErrorExceededFindCountLimit"]


def test_short_pages_are_all_there_is_in_the_end(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Pages may be shorter than asked; whoever follows the offset finds every item once."""
    subjects = [f"{number:02}" for number in range(30)]
    mailbox.call(creation(*subjects)).ok()
    emulator.configure(short_pages=True)
    seen: list[str] = []
    sizes, offset = [], "0"
    for _ in range(100):
        answer = mailbox.call(search(PAGE.format(most=10, offset=offset))).ok()
        seen += answer.texts(".//t:Subject")
        sizes.append(len(answer.texts(".//t:Subject")))
        root = answer.one(".//m:RootFolder")
        offset = str(root.get("IndexedPagingOffset"))
        if root.get("IncludesLastItemInRange") == "true":
            break

    assert seen == subjects
    assert max(sizes) <= 10
    assert any(size < 10 for size in sizes[:-1])


def test_too_many_requests_at_once_are_refused(
    emulator: ExchangeEmulator, mailbox: Mailbox, open_mailbox: Callable[..., Mailbox]
) -> None:
    """A request over the concurrency of its user is the fault ErrorExceededConnectionCount; others are answered."""
    other = open_mailbox(emulator)
    emulator.configure(max_concurrency=1)
    emulator.add_fault(Fault(operation="CreateItem", action="hold", name="busy", nth=1))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(mailbox.call(creation("first"))))
    thread.start()
    try:
        assert emulator.wait_held("busy", 90)
        refused = mailbox.call(search())
        let_in = other.call(search())
    finally:
        emulator.release("busy")
        thread.join(60)

    assert (refused.status, refused.fault) == (500, "ErrorExceededConnectionCount")
    assert let_in.ok()
    assert answers[0].ok()
    assert mailbox.call(search()).ok()


def test_a_server_that_takes_its_time_takes_it_side_by_side(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The time for a request and its items is added to each, and requests of several connections overlap."""
    emulator.configure(request_ms=40, item_ms=20)
    threads = [threading.Thread(target=lambda: mailbox.call(creation("a", "b", "c")).ok()) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    records = sorted((one.started, one.ended) for one in emulator.requests if one.user == mailbox.address)
    assert len(records) == 4
    assert all(ended - started >= 0.1 for started, ended in records)
    assert any(later[0] < earlier[1] for earlier, later in itertools.pairwise(records))
    assert len(emulator.messages(mailbox.address)) == 12


@pytest.mark.parametrize("name", ["x" * 255, "Ünïcödé 📁 " * 5])
def test_long_names_are_names(mailbox: Mailbox, name: str) -> None:
    """A folder name of 255 characters, and one beyond the basic plane, is kept as it is."""
    folder = mailbox.folder(name.strip())

    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{keyless(folder)}</m:FolderIds></m:GetFolder>"
    ).ok()

    assert answer.text(".//t:DisplayName") == name.strip()
