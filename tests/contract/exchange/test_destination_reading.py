"""Folders, tags, names and removal, as the engine asks for them."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from itertools import count

import pytest
from requests import post

from emulators.exchange import Fault
from engine.connectors.exchange import read
from engine.connectors.exchange.errors import AnswerLostError
from engine.errors import Cause, FatalError, GoneError, RefusedError, RetryableError, StateLostError
from engine.ports.destination import DestinationFolder
from engine.ports.items import TagPage, Verdict
from engine.ports.source import Role

from .conftest import PASSWORD, Opened, Scripted, Server, always, eventually, http, mime, new

T = "http://schemas.microsoft.com/exchange/services/2006/types"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
TAG = "7K2F9QXD:0a1b2c3d:{:032x}"


def owner_does(opened: Opened, body: str) -> None:
    """A request of the owner's own program."""
    whole = (f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="{M}" xmlns:t="{T}"><s:Body>'
             f"{body}</s:Body></s:Envelope>")
    answer = post(opened.emulator.url, data=whole.encode(), headers={"Content-Type": "text/xml"},
                  auth=(opened.address, PASSWORD), timeout=60)
    assert b"NoError" in answer.content, answer.content
    assert b'ResponseClass="Error"' not in answer.content, answer.content


def moves(opened: Opened, item_id: str, folder_id: str) -> None:
    owner_does(opened, f'<m:MoveItem><m:ToFolderId><t:FolderId Id="{folder_id}"/></m:ToFolderId><m:ItemIds>'
                       f'<t:ItemId Id="{item_id}"/></m:ItemIds></m:MoveItem>')


def reads(opened: Opened, item_id: str) -> None:
    owner_does(opened, '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite">'
                       f'<m:ItemChanges><t:ItemChange><t:ItemId Id="{item_id}"/><t:Updates><t:SetItemField>'
                       '<t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead></t:Message>'
                       "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>")


def all_pages(opened: Opened, folder_id: str, state: str = "", *, detail: bool = False) -> list[TagPage]:
    pages = [opened.destination.tags(folder_id, state, detail=detail)]
    while not pages[-1].last:
        pages.append(opened.destination.tags(folder_id, pages[-1].state, detail=detail))
    return pages


def fill(opened: Opened, folder_id: str, count: int, *, first: int = 0) -> list[str]:
    """That many small messages; their ids."""
    ids: list[str] = []
    for start in range(first, first + count, 50):
        batch = [new(f"m{n}", tag=TAG.format(n)) for n in range(start, min(start + 50, first + count))]
        outcomes = opened.destination.create(folder_id, batch)
        assert {o.verdict for o in outcomes} == {Verdict.DONE}
        ids += [o.id or "" for o in outcomes]
    return ids


# Folders


def test_the_folders_of_a_new_mailbox_have_their_roles(opened: Opened) -> None:
    """Each role by its distinguished id; calendars and the like hold no mail; nothing above the top is shown."""
    folders = opened.destination.folders()
    by_name = {f.name: f for f in folders}

    assert {f.role: f.name for f in folders if f.role} == {
        Role.INBOX: "Inbox", Role.SENT: "Sent Items", Role.DRAFTS: "Drafts", Role.DELETED: "Deleted Items",
        Role.JUNK: "Junk Email", Role.CALENDAR: "Calendar", Role.CONTACTS: "Contacts", Role.TASKS: "Tasks",
        Role.NOTES: "Notes"}
    assert {name for name, f in by_name.items() if not f.holds_mail} >= {
        "Calendar", "Contacts", "Tasks", "Notes", "Journal", "Conversation Action Settings"}
    assert by_name["Inbox"].parent_id == opened.destination.top
    assert not {"Reminders Search", "To-Do Search", "root", "Top of Information Store"} & set(by_name)
    assert (by_name["Inbox"].items, by_name["Inbox"].children, by_name["Inbox"].tag) == (0, 0, None)


@pytest.mark.parametrize(("count", "short"), [(1100, False), (60, True)])
def test_every_folder_is_found_over_many_pages(opened: Opened, count: int, short: bool) -> None:
    """More than a page holds, and from a server that gives less than it was asked for."""
    parents = [opened.destination.create_folder(opened.destination.top, f"p{n}", "t").id for n in range(0, count, 100)]
    before = opened.destination.folders()
    for start in range(0, count, 100):
        folders = "".join(
            f"<t:Folder><t:FolderClass>IPF.Note</t:FolderClass><t:DisplayName>f{n}</t:DisplayName></t:Folder>"
            for n in range(start, min(start + 100, count)))
        owner_does(opened, f'<m:CreateFolder><m:ParentFolderId><t:FolderId Id="{parents[start // 100]}"/>'
                           f"</m:ParentFolderId><m:Folders>{folders}</m:Folders></m:CreateFolder>")
    opened.emulator.configure(short_pages=short, max_find_rows=20 if short else 1000)

    found = opened.destination.folders()

    assert len(found) == len({f.id for f in found}) == len(before) + count
    assert {f.name for f in found} >= {f"f{n}" for n in range(count)}


@pytest.mark.parametrize("name", ["Work", "a/b", "Ä & <b> \"x\"", "\U0001f4e7", "x" * 255, " spaces ", "Тест"])
def test_a_folder_is_made_with_its_tag(opened: Opened, name: str) -> None:
    """What is answered is what the mailbox then shows."""
    destination = opened.destination
    made = destination.create_folder(destination.top, name, "7K2F9QXD:0a1b2c3d")

    assert opened.folder(made.id) == made
    assert (made.name, made.tag, made.holds_mail, made.items, made.children) == (name, "7K2F9QXD:0a1b2c3d", True, 0, 0)


@pytest.mark.parametrize("name", ["inbox", "CALENDAR", " ", "x" * 256])
def test_a_folder_that_cannot_be_made_is_refused(opened: Opened, name: str) -> None:
    """A name that is taken, by whatever kind of folder, or that is none."""
    with pytest.raises(RefusedError):
        opened.destination.create_folder(opened.destination.top, name, "t")


@pytest.mark.parametrize(("items", "children"), [(None, 0), (0, None), (None, None)])
def test_a_folder_that_may_not_be_empty_is_not_removed(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, items: int | None, children: int | None
) -> None:
    """A server that does not say what is in it."""
    folder = opened.destination.create_folder(opened.destination.top, "x", "t")
    monkeypatch.setattr(read, "one_folder", lambda *_: replace(folder, items=items, children=children))

    assert not opened.destination.delete_folder(folder.id)
    assert opened.folder(folder.id) == folder


def test_several_folders_are_made_at_once_each_with_its_own_answer(opened: Opened) -> None:
    """One that is refused costs no other its place; each has its name and its tag."""
    destination = opened.destination
    new = [("Work", "7K2F9QXD:0a1b2c3d"), ("inbox", "7K2F9QXD:1a1b2c3d"), ("a & <b>", "7K2F9QXD:2a1b2c3d")]

    one, two, three = destination.create_folders(destination.top, new)

    assert [outcome.verdict for outcome in (one, two, three)] == [Verdict.DONE, Verdict.REFUSED, Verdict.DONE]
    made = [opened.folder(outcome.id or "") for outcome in (one, three)]
    assert [(f.name, f.tag, f.parent_id, f.holds_mail) for f in made] == [
        (name, tag, destination.top, True) for name, tag in (new[0], new[2])
    ]


def test_a_folder_is_removed_only_while_it_is_empty(opened: Opened) -> None:
    """Neither with a message nor with a folder in it; gone is gone, however often it is asked for."""
    destination = opened.destination
    parent = destination.create_folder(destination.top, "parent", "t").id
    child = destination.create_folder(parent, "child", "t").id
    (item,) = fill(opened, child, 1)

    with_message = destination.delete_folder(child)
    with_child = destination.delete_folder(parent)
    destination.delete([item])
    removed = [destination.delete_folder(child), destination.delete_folder(parent), destination.delete_folder(parent)]

    assert (with_message, with_child) == (False, False)
    assert removed == [True, True, True]
    assert not {parent, child} & {f.id for f in destination.folders()}


def test_a_folder_is_set_aside_and_put_back(opened: Opened) -> None:
    """With what is in it, by its own id and name, although Deleted Items has another folder of that name."""
    destination = opened.destination
    deleted = next(f.id for f in destination.folders() if f.role is Role.DELETED)
    destination.create_folder(deleted, "Box", "other")
    folder = destination.create_folder(destination.top, "Box", "t").id
    fill(opened, folder, 2)

    destination.set_aside(folder)
    destination.set_aside(folder)
    aside = destination.folder(folder)
    destination.put_back(folder, destination.top, "Box")
    back = destination.folder(folder)

    assert (aside.parent_id, aside.items) == (deleted, 2)
    assert (back.parent_id, back.name, back.items) == (destination.top, "Box", 2)


def test_a_folder_whose_place_is_gone_is_not_put_back(opened: Opened) -> None:
    """Whoever asks finds it another place."""
    destination = opened.destination
    parent = destination.create_folder(destination.top, "parent", "t").id
    folder = destination.create_folder(parent, "child", "t").id
    destination.set_aside(folder)
    destination.delete_folder(parent)

    with pytest.raises(RefusedError):
        destination.put_back(folder, parent, "child")


def test_a_folder_of_the_server_itself_is_not_removed(opened: Opened) -> None:
    """A refusal is no removal."""
    assert opened.destination.delete_folder(opened.inbox) is False
    assert opened.inbox


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_folder_whose_removal_was_not_answered_may_be_removed_again(opened: Opened, when: str) -> None:
    """The lost answer is retryable, and asking again finds it gone either way."""
    folder = opened.destination.create_folder(opened.destination.top, "x", "t").id
    opened.emulator.add_fault(Fault(operation="DeleteFolder", action="drop", when=when, nth=1))

    with pytest.raises(RetryableError):
        opened.destination.delete_folder(folder)

    assert opened.destination.delete_folder(folder) is True


@pytest.mark.parametrize("operation", ["FindFolder", "CreateFolder"])
@pytest.mark.parametrize(("fault", "kind"), [
    ({"action": "drop"}, RetryableError), ({"action": "truncate", "bytes": 700}, RetryableError),
    ({"action": "cut", "bytes": 700}, RetryableError), ({"action": "status", "status": 503}, RetryableError),
    ({"action": "fault", "code": "ErrorServerBusy", "back_off_ms": 4000}, RetryableError),
    ({"action": "status", "status": 403}, RetryableError),
    ({"action": "fault", "code": "ErrorAccessDenied"}, FatalError),
], ids=str)
def test_reading_and_making_folders_raise_by_the_rules(opened: Opened, operation: str, fault: dict, kind: type) -> None:
    """What may go through later is retryable, with the server's back-off; what cannot is fatal."""
    opened.destination.mailbox()
    opened.emulator.add_fault(Fault(operation=operation, **fault))

    top = opened.destination.top
    ask = opened.destination.folders if operation == "FindFolder" else \
        partial(opened.destination.create_folder, top, "x", "t")

    with pytest.raises(kind) as caught:
        ask()

    assert getattr(caught.value, "back_off", None) == (4.0 if "back_off_ms" in fault else None)


# Tags


def test_tags_are_read_page_by_page(opened: Opened) -> None:
    """1,100 items are three pages of at most 512; each tag comes once, with its item's id."""
    folder = opened.destination.create_folder(opened.destination.top, "many", "t").id
    ids = fill(opened, folder, 1100)

    pages = all_pages(opened, folder)

    assert [len(p.items) for p in pages] == [512, 512, 76]
    assert [p.last for p in pages] == [False, False, True]
    assert {i.id: i.tag for p in pages for i in p.items} == {i: TAG.format(n) for n, i in enumerate(ids)}
    assert all(i.created is None and i.modified is None for p in pages for i in p.items)


def test_only_what_has_changed_since_is_read_again(opened: Opened) -> None:
    """New ones, moved ones and removed ones; reading a message is no news."""
    folder, other = (opened.destination.create_folder(opened.destination.top, n, "t").id for n in "ab")
    ids = fill(opened, folder, 4)
    state = all_pages(opened, folder)[-1].state
    other_state = all_pages(opened, other)[-1].state

    opened.destination.delete([ids[0]])
    moves(opened, ids[1], other)
    reads(opened, ids[2])
    (added,) = fill(opened, folder, 1, first=9)
    (delta,) = all_pages(opened, folder, state)
    (arrived,) = all_pages(opened, other, other_state)

    assert [(i.id, i.tag) for i in delta.items] == [(added, TAG.format(9))]
    assert set(delta.removed) == {ids[0], ids[1]}
    assert [i.tag for i in arrived.items] == [TAG.format(1)]
    assert all_pages(opened, folder, delta.state)[0].items == ()


def test_what_carries_no_tag_is_passed_over(opened: Opened) -> None:
    """Mail of the owner's own is not ours."""
    owner_does(opened, '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
                       '<t:DistinguishedFolderId Id="inbox"/></m:SavedItemFolderId><m:Items><t:Message>'
                       "<t:Subject>theirs</t:Subject></t:Message></m:Items></m:CreateItem>")
    (mine,) = fill(opened, opened.inbox, 1)

    assert [i.id for p in all_pages(opened, opened.inbox) for i in p.items] == [mine]


def test_detail_brings_times_and_draft_marks(opened: Opened) -> None:
    """Created and modified by the server's clock, in UTC; sent; and whether it is a draft."""
    before = opened.destination.now()
    opened.destination.create(opened.inbox, [new("a", tag="a:1"), new("b", tag="b:2", draft=True)])
    after = opened.destination.now()
    (page,) = all_pages(opened, opened.inbox, detail=True)
    found = {item.tag: item for item in page.items}

    assert {tag: item.draft for tag, item in found.items()} == {"a:1": False, "b:2": True}
    for item in found.values():
        assert item.created is not None
        assert item.modified is not None
        assert item.sent is not None
        assert item.created.utcoffset() == item.modified.utcoffset() == item.sent.utcoffset()
        assert (before - item.created).total_seconds() < 2
        assert (item.created - after).total_seconds() < 2
    assert found["a:1"].sent.isoformat() == "2020-05-17T08:29:00+00:00"  # type: ignore[union-attr]


@pytest.mark.parametrize("state", ["nonsense", "\x00\ud800<&>", "AAAA"])
def test_a_state_that_the_server_does_not_know_is_lost(opened: Opened, state: str) -> None:
    """Whoever asks starts over then."""
    with pytest.raises(StateLostError):
        opened.destination.tags(opened.inbox, state)


def test_tags_of_a_folder_that_is_gone_say_so(opened: Opened) -> None:
    """Its owner removed it."""
    folder = opened.destination.create_folder(opened.destination.top, "x", "t").id
    opened.destination.delete_folder(folder)

    with pytest.raises(GoneError):
        opened.destination.tags(folder, "")


@pytest.mark.parametrize("code", ["ErrorMailboxFailover", "ErrorInvalidFolderId", "ErrorSomethingNobodyHasHeardOf"])
@pytest.mark.parametrize("operation", ["SyncFolderItems", "FindFolder", "GetItem"])
def test_no_other_refusal_of_a_read_is_an_answer(opened: Opened, operation: str, code: str) -> None:
    """What cannot be read now may be readable later: it is neither gone nor empty."""
    fill(opened, opened.inbox, 1)
    (item,) = opened.destination.tags(opened.inbox, "").items
    asks = {
        "SyncFolderItems": lambda: opened.destination.tags(opened.inbox, ""),
        "FindFolder": opened.destination.folders,
        "GetItem": lambda: opened.destination.names([item.id]),
    }
    opened.emulator.add_fault(Fault(operation=operation, action="fault", code=code))

    with pytest.raises(RetryableError):
        asks[operation]()


def test_an_item_that_the_server_cannot_read_is_named_all_the_same(opened: Opened) -> None:
    """A damaged message in a report is better than none."""
    fill(opened, opened.inbox, 2)
    first, second = (item.id for item in opened.destination.tags(opened.inbox, "").items)
    opened.emulator.add_fault(Fault(operation="GetItem", action="items", positions=[0], code="ErrorCorruptData"))

    named = opened.destination.names([first, second])

    assert named[first] == "(a message that cannot be read)"
    assert set(named) == {first, second}


def test_an_item_tells_when_it_was_created(opened: Opened) -> None:
    """By the mailbox's clock; one that is gone says so."""
    fill(opened, opened.inbox, 1)
    (item,) = opened.destination.tags(opened.inbox, "", detail=True).items

    assert opened.destination.created(item.id) == item.created
    opened.destination.delete([item.id])
    with pytest.raises(GoneError):
        opened.destination.created(item.id)


def soap(body: str) -> bytes:
    return http(200, (f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{body}</s:Body>'
                      "</s:Envelope>").encode())


def synced(inner: str) -> bytes:
    return soap(f'<m:SyncFolderItemsResponse xmlns:m="{M}" xmlns:t="{T}"><m:ResponseMessages>'
                '<m:SyncFolderItemsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
                f"{inner}</m:SyncFolderItemsResponseMessage></m:ResponseMessages></m:SyncFolderItemsResponse>")


OFFER = http(401, WWW_Authenticate='Basic realm="x"')
STATE = "<m:SyncState>s</m:SyncState>"
LAST = "<m:IncludesLastItemInRange>{}</m:IncludesLastItemInRange>"


def behind_basic(said: bytes):
    def play(server: Scripted, connection) -> None:
        while request := server.request(connection):
            warm_up = b"Exchange2007_SP1" in request
            connection.sendall(OFFER if b"Authorization" not in request else soap("<x/>") if warm_up else said)

    return play


@pytest.mark.parametrize(("inner", "last"), [
    (STATE + LAST.format("true") + "<m:Changes/>", True), (STATE + LAST.format("1"), True),
    (STATE + LAST.format("false") + "<m:Changes/>", False), (STATE + LAST.format("0"), False),
    (LAST.format("true") + "<m:Changes/>", None), (STATE + "<m:Changes/>", None),
    ("<m:SyncState/>" + LAST.format("true"), None),
    (STATE + LAST.format("perhaps"), None),
])
def test_a_page_without_its_end_or_its_state_is_no_page(scripted, reach, inner: str, last: bool | None) -> None:
    """What would end the reading too early, or never, counts as a lost answer."""
    destination = reach(scripted(behind_basic(synced(inner))).url)

    if last is None:
        with pytest.raises(AnswerLostError):
            destination.tags("x", "")
    else:
        assert destination.tags("x", "") == TagPage((), (), "s", last)


STANDARD = soap(
    f'<m:GetFolderResponse xmlns:m="{M}" xmlns:t="{T}"><m:ResponseMessages>' + "".join(
        '<m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f'<m:Folders><t:Folder><t:FolderId Id="f{n}"/></t:Folder></m:Folders></m:GetFolderResponseMessage>'
        for n in range(len(read.DISTINGUISHED) + 3)) + "</m:ResponseMessages></m:GetFolderResponse>")


def listing(page: str):
    """A script: a server whose every listing of folders is this page, with a rising number in the place of NEXT."""
    offsets = count(1)

    def told() -> bytes:
        numbered = page.replace("NEXT", str(next(offsets)))
        return soap(
            f'<m:FindFolderResponse xmlns:m="{M}" xmlns:t="{T}"><m:ResponseMessages><m:FindFolderResponseMessage '
            f'ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>{numbered}'
            "</m:FindFolderResponseMessage></m:ResponseMessages></m:FindFolderResponse>"
        )

    def play(server: Scripted, connection) -> None:
        while request := server.request(connection):
            asks = told() if b"FindFolder" in request else STANDARD
            connection.sendall(asks if b"Authorization" in request else OFFER)

    return play


def test_search_folders_are_left_out(scripted, reach) -> None:
    """They show messages of other folders again; what is missing of a folder is unknown, not nothing."""
    page = ('<m:RootFolder IncludesLastItemInRange="true"><t:Folders><t:SearchFolder><t:FolderId Id="s"/>'
            '<t:DisplayName>Unread</t:DisplayName></t:SearchFolder><t:Folder><t:FolderId Id="a"/></t:Folder>'
            '<t:Folder><t:FolderId Id="f2"/><t:DisplayName>Inbox</t:DisplayName><t:TotalCount>\u00b2</t:TotalCount>'
            "</t:Folder></t:Folders></m:RootFolder>")

    found = reach(scripted(listing(page)).url).folders()

    assert found == (DestinationFolder("a", None, ""), DestinationFolder("f2", None, "Inbox", Role.INBOX))


@pytest.mark.parametrize("page", [
    '<m:RootFolder IncludesLastItemInRange="false"><t:Folders/></m:RootFolder>',
    '<m:RootFolder IncludesLastItemInRange="false" IndexedPagingOffset="0"><t:Folders/></m:RootFolder>',
    '<m:RootFolder IncludesLastItemInRange="false" IndexedPagingOffset="x"><t:Folders/></m:RootFolder>',
    '<m:RootFolder IndexedPagingOffset="5"><t:Folders/></m:RootFolder>', "",
    '<m:RootFolder IncludesLastItemInRange="false" IndexedPagingOffset="NEXT"><t:Folders/></m:RootFolder>',
    '<m:RootFolder IncludesLastItemInRange="false" IndexedPagingOffset="NEXT"><t:Folders><t:Folder><t:FolderId Id="a"/>'
    "</t:Folder></t:Folders></m:RootFolder>",
])
def test_a_listing_of_folders_that_never_ends_is_given_up(scripted, reach, page: str) -> None:
    """A server that answers the same page for ever is not asked for ever."""
    with pytest.raises(AnswerLostError):
        reach(scripted(listing(page)).url).folders()


def test_a_mailbox_without_a_root_has_no_key(scripted, reach) -> None:
    """An answer that lacks the root's id does not become a key that all mailboxes share."""
    found = ('<m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
             "<m:Folders/></m:GetFolderResponseMessage>") * 7
    standard = soap(f'<m:GetFolderResponse xmlns:m="{M}" xmlns:t="{T}"><m:ResponseMessages>{found}'
                    "</m:ResponseMessages></m:GetFolderResponse>")
    destination = reach(scripted(behind_basic(standard)).url)

    with pytest.raises(AnswerLostError):
        destination.mailbox()
    with pytest.raises(FatalError):
        destination.probe()


# Removal and names


def test_items_are_removed_for_good_and_each_is_answered(opened: Opened) -> None:
    """Gone from the mailbox and not in Deleted Items; one that is gone already says so; in order."""
    a, b = fill(opened, opened.inbox, 2)

    outcomes = opened.destination.delete([a, "bm90IGFuIGlk", b])
    again = opened.destination.delete([a])

    assert [o.verdict for o in outcomes] == [Verdict.DONE, Verdict.REFUSED, Verdict.DONE]
    assert [o.verdict for o in again] == [Verdict.GONE]
    assert opened.messages == []


@pytest.mark.parametrize(("fault", "verdict"), [
    ({"action": "drop", "when": "after"}, Verdict.UNKNOWN),
    ({"action": "fault", "code": "ErrorServerBusy"}, Verdict.BUSY),
    ({"action": "status", "status": 403}, Verdict.UNKNOWN), ({"action": "truncate", "bytes": 700}, Verdict.UNKNOWN),
], ids=str)
def test_a_removal_that_failed_whole_is_said_of_each(opened: Opened, fault: dict, verdict: Verdict) -> None:
    """delete never raises for what the server said."""
    ids = fill(opened, opened.inbox, 2)
    opened.emulator.add_fault(Fault(operation="DeleteItem", nth=1, **fault))

    assert [o.verdict for o in opened.destination.delete(ids)] == [verdict] * 2
    assert {o.verdict for o in opened.destination.delete(ids)} <= {Verdict.DONE, Verdict.GONE}


def test_removing_unread_messages_that_asked_for_receipts_tells_nobody(opened: Opened) -> None:
    """The owner's own mail asks for receipts; its removal sends none."""
    owner_does(opened, '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
                       '<t:DistinguishedFolderId Id="inbox"/></m:SavedItemFolderId><m:Items><t:Message>'
                       '<t:Subject>asks</t:Subject><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E07" '
                       'PropertyType="Integer"/><t:Value>0</t:Value></t:ExtendedProperty>'
                       "<t:IsReadReceiptRequested>true</t:IsReadReceiptRequested></t:Message></m:Items></m:CreateItem>")

    outcomes = opened.destination.delete([opened.messages[0].item_id])

    assert [o.verdict for o in outcomes] == [Verdict.DONE]
    assert opened.emulator.outgoing() == []


def test_items_are_named_by_their_subjects(opened: Opened) -> None:
    """In hundreds at once; one that is gone is left out, one without a subject is said to have none."""
    ids = fill(opened, opened.inbox, 120)
    (bare,) = (o.id or "" for o in opened.destination.create(opened.inbox, [new("x", content=b"From: a\r\n\r\nb")]))
    opened.destination.delete(ids[:1])

    named = opened.destination.names([*ids, bare])

    assert named == {i: f"m{n}" for n, i in enumerate(ids) if n} | {bare: "(no subject)"}
    assert opened.destination.names([]) == {}


def test_the_servers_own_time_is_told(opened: Opened, scripted, reach) -> None:
    """By its Date header, however far its clock is off."""
    server = scripted(always(http(401, WWW_Authenticate="Bearer", Date="Sun, 22 Nov 2020 10:00:00 GMT")))
    elsewhere = reach(server.url)
    with pytest.raises(FatalError):
        elsewhere.check()

    assert elsewhere.now().isoformat().startswith("2020-11-22T10:00:0")
    assert opened.destination.now().utcoffset() is not None


def test_many_threads_may_read_at_once(plain: Server) -> None:
    """Each gets its own answer."""
    plain.emulator.configure(request_ms=5)
    address = plain.mailbox()
    destination = plain.open(address)
    found: list[int] = []

    def read() -> None:
        found.extend(len(destination.folders()) for _ in range(5))

    threads = [threading.Thread(target=read, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(found) == 40
    assert len(set(found)) == 1


def test_a_busy_server_while_signing_in_leaves_nothing_unknown(plain: Server) -> None:
    """A connection that could not be opened has sent nothing: busy, not unknown."""
    plain.emulator.configure(auth=("basic",))
    address = plain.mailbox()
    destination = plain.open(address)
    plain.emulator.add_fault(Fault(operation="GetFolder", action="drop", nth=1))

    (outcome,) = destination.create("x", [new("a", content=mime("a"))])

    assert outcome.verdict is Verdict.BUSY
    assert outcome.error.cause is Cause.UNREACHABLE  # type: ignore[union-attr]
    assert eventually(lambda: [r.operation for r in plain.emulator.requests if r.user == address] == ["GetFolder"])


def test_the_outbox_takes_no_mail(opened: Opened) -> None:
    """A mail program may send what lies in the outbox: it is no place for migrated mail."""
    takes = {folder.name: folder.holds_mail for folder in opened.destination.folders()}

    assert takes["Outbox"] is False
    assert takes["Inbox"] is True
