"""SyncFolderItems, MS-OXWSSYNC section 3.1.4.2."""

import base64

import pytest

from emulators.exchange import ExchangeEmulator, Fault
from emulators.exchange.faults import Act

from .soap import NS, Answer, Mailbox, distinguished, identity, keyless, local, names, reference

INBOX = distinguished("inbox")
IDS_ONLY = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"


def sync(
    mailbox: Mailbox,
    state: str = "",
    *,
    folder: str = INBOX,
    shape: str = IDS_ONLY,
    ignore: str = "",
    most: int = 512,
    scope: str = "",
) -> Answer:
    """One SyncFolderItems that succeeds."""
    state = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    return mailbox.call(
        f"<m:SyncFolderItems>{shape}<m:SyncFolderId>{folder}</m:SyncFolderId>{state}{ignore}"
        f"<m:MaxChangesReturned>{most}</m:MaxChangesReturned>{scope}</m:SyncFolderItems>"
    ).ok()


def state_of(answer: Answer) -> str:
    """The sync state of an answer."""
    return answer.text(".//m:SyncState")


def changes(answer: Answer) -> list[tuple[str, str]]:
    """What has changed: the kind of each change and the id of its item."""
    return [(local(change), str(change.find(".//t:ItemId", NS).get("Id"))) for change in answer.one(".//m:Changes")]


def mark(mailbox: Mailbox, item: str, field: str, element: str) -> None:
    """Sets one property of an item."""
    mailbox.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly">'
        "<m:ItemChanges><t:ItemChange>"
        f'{keyless(item)}<t:Updates><t:SetItemField><t:FieldURI FieldURI="{field}"/><t:Message>'
        f"{element}</t:Message>"
        "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    ).ok()


def test_MS_OXWSSYNC_R382_R3832_without_a_state_everything_is_new(mailbox: Mailbox) -> None:
    """Without SyncState every item of the folder is returned as created."""
    items = mailbox.messages(*["<t:Subject>x</t:Subject>"] * 3, folder=INBOX)

    answer = sync(mailbox)

    assert sorted(changes(answer)) == sorted(("Create", identity(item)) for item in items)
    assert names(answer.messages[0]) == ["ResponseCode", "SyncState", "IncludesLastItemInRange", "Changes"]


def test_MS_OXWSSYNC_R504_R3831_with_a_state_only_what_is_new_is_returned(mailbox: Mailbox) -> None:
    """With a SyncState the server returns what has happened since, and nothing when nothing has."""
    mailbox.message(folder=INBOX)
    first = sync(mailbox)
    quiet = sync(mailbox, state_of(first))
    new = mailbox.message(folder=INBOX)

    answer = sync(mailbox, state_of(quiet))

    assert changes(quiet) == []
    assert changes(answer) == [("Create", identity(new))]


def test_MS_OXWSSYNC_R65_the_state_is_base64(mailbox: Mailbox) -> None:
    """SyncState is encoded as base64, of an empty folder too."""
    assert base64.b64decode(state_of(sync(mailbox)), validate=True)


def test_MS_OXWSSYNC_R1571_a_new_message_is_returned_in_the_shape_asked_for(mailbox: Mailbox) -> None:
    """Create holds the message with the properties of the shape."""
    mailbox.message("<t:Subject>New</t:Subject>", folder=INBOX)

    answer = sync(
        mailbox,
        shape="<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>',
    )

    assert names(answer.one(".//m:Changes/t:Create")) == ["Message"]
    assert names(answer.one(".//t:Create/t:Message")) == ["ItemId", "Subject"]


def test_MS_OXWSSYNC_R132_R1572_a_changed_message_is_returned_as_updated(mailbox: Mailbox) -> None:
    """Update holds a message that has changed on the server, once, with its new change key."""
    item = mailbox.message(folder=INBOX)
    state = state_of(sync(mailbox))
    for value in ("Second", "Third"):
        mark(mailbox, item, "item:Subject", f"<t:Subject>{value}</t:Subject>")

    answer = sync(mailbox, state)

    assert changes(answer) == [("Update", identity(item))]
    assert reference(answer.one(".//t:ItemId")) != item


@pytest.mark.parametrize("how", ["HardDelete", "MoveToDeletedItems", "SoftDelete"])
def test_MS_OXWSSYNC_R134_R184_a_message_that_left_the_folder_is_returned_as_deleted(
    mailbox: Mailbox, how: str
) -> None:
    """Delete holds the id of an item that is no longer in the folder, in whatever way it left."""
    item = mailbox.message(folder=INBOX)
    state = state_of(sync(mailbox))
    mailbox.call(f'<m:DeleteItem DeleteType="{how}"><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>').ok()

    answer = sync(mailbox, state)

    assert changes(answer) == [("Delete", identity(item))]
    assert names(answer.one(".//t:Delete")) == ["ItemId"]


def test_MS_OXWSSYNC_R134_R131_a_move_is_a_deletion_here_and_a_creation_there(mailbox: Mailbox) -> None:
    """A message moved is deleted from the one folder and created in the other under its new id."""
    item = mailbox.message(folder=INBOX)
    target = keyless(mailbox.folder("Target"))
    here, there = state_of(sync(mailbox)), state_of(sync(mailbox, folder=target))
    moved = (
        mailbox.call(f"<m:MoveItem><m:ToFolderId>{target}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:MoveItem>")
        .ok()
        .one(".//t:ItemId")
    )

    assert changes(sync(mailbox, here)) == [("Delete", identity(item))]
    assert changes(sync(mailbox, there, folder=target)) == [("Create", str(moved.get("Id")))]


@pytest.mark.parametrize(
    ("before", "after"), [pytest.param("false", "true", id="R1951"), pytest.param("true", "false", id="R1952")]
)
def test_MS_OXWSSYNC_R136_R194_R1951_R1952_reading_alone_is_a_read_flag_change(
    mailbox: Mailbox, before: str, after: str
) -> None:
    """ReadFlagChange tells the id and the new flag of a message of which nothing else has changed."""
    item = mailbox.message(f"<t:Subject>x</t:Subject><t:IsRead>{before}</t:IsRead>", folder=INBOX)
    state = state_of(sync(mailbox))
    mark(mailbox, item, "message:IsRead", f"<t:IsRead>{after}</t:IsRead>")

    answer = sync(mailbox, state)

    assert changes(answer) == [("ReadFlagChange", identity(item))]
    assert names(answer.one(".//t:ReadFlagChange")) == ["ItemId", "IsRead"]
    assert answer.text(".//t:IsRead") == after


def test_MS_OXWSSYNC_R3851_R3852_ignored_items_are_passed_over(mailbox: Mailbox) -> None:
    """An item of the Ignore list is not returned; the others are."""
    one, two, three = mailbox.messages(*["<t:Subject>x</t:Subject>"] * 3, folder=INBOX)

    answer = sync(mailbox, ignore=f"<m:Ignore>{keyless(one)}{three}</m:Ignore>")

    assert changes(answer) == [("Create", identity(two))]


def test_MS_OXWSSYNC_R388_R6701_R6702_changes_come_in_portions(mailbox: Mailbox) -> None:
    """No answer holds more than MaxChangesReturned; together they hold all, and only the last says so."""
    items = mailbox.messages(*["<t:Subject>x</t:Subject>"] * 5, folder=INBOX)
    state, seen, told = "", [], []
    while not told or told[-1][1] == "false":
        answer = sync(mailbox, state, most=2)
        state = state_of(answer)
        seen += changes(answer)
        told.append((len(changes(answer)), answer.text(".//m:IncludesLastItemInRange")))

    assert told == [(2, "false"), (2, "false"), (1, "true")]
    assert sorted(seen) == sorted(("Create", identity(item)) for item in items)


def test_MS_OXWSSYNC_R3891_R388_the_largest_portion_is_512(mailbox: Mailbox) -> None:
    """MaxChangesReturned is 1 to 512; 513 is not even valid."""
    answer = mailbox.call(
        f"<m:SyncFolderItems>{IDS_ONLY}<m:SyncFolderId>{INBOX}</m:SyncFolderId>"
        "<m:MaxChangesReturned>513</m:MaxChangesReturned></m:SyncFolderItems>",
        valid=False,
    )

    assert answer.fault == "ErrorSchemaValidation"
    assert sync(mailbox, most=512)


def test_MS_OXWSSYNC_R3787_mime_content_cannot_be_synchronized(mailbox: Mailbox) -> None:
    """A shape with IncludeMimeContent is ErrorInvalidPropertyForOperation."""
    answer = mailbox.call(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
        f"<t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape><m:SyncFolderId>{INBOX}</m:SyncFolderId>"
        "<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
    )

    assert answer.codes == ["ErrorInvalidPropertyForOperation"]


@pytest.mark.parametrize(
    ("shape", "there", "missing"),
    [
        pytest.param("AllProperties", {"ItemId", "ItemClass", "ParentFolderId", "IsRead"}, set(), id="R3781"),
        pytest.param("Default", {"ItemId", "Subject", "Size"}, {"ParentFolderId", "EffectiveRights"}, id="R3782"),
        pytest.param("IdOnly", {"ItemId"}, {"Subject", "ParentFolderId"}, id="R3783"),
    ],
)
def test_MS_OXWSSYNC_R3781_R3782_R3783_the_base_shape_decides_the_properties(
    mailbox: Mailbox, shape: str, there: set[str], missing: set[str]
) -> None:
    """BaseShape returns all, the default or only the id of each item."""
    mailbox.message("<t:Subject>Shaped</t:Subject>", folder=INBOX)

    answer = sync(mailbox, shape=f"<m:ItemShape><t:BaseShape>{shape}</t:BaseShape></m:ItemShape>")

    found = set(names(answer.one(".//t:Create/t:Message")))
    assert there <= found
    assert not missing & found


@pytest.mark.parametrize(
    "scope", [pytest.param("NormalItems", id="R347"), pytest.param("NormalAndAssociatedItems", id="R348")]
)
def test_MS_OXWSSYNC_R347_R348_ordinary_items_are_in_every_scope(mailbox: Mailbox, scope: str) -> None:
    """SyncScope with and without associated items returns the ordinary ones."""
    item = mailbox.message(folder=INBOX)

    answer = sync(mailbox, scope=f"<m:SyncScope>{scope}</m:SyncScope>")

    assert changes(answer) == [("Create", identity(item))]


def test_MS_OXWSSYNC_R380_the_folder_named_is_synchronized(mailbox: Mailbox) -> None:
    """SyncFolderId is the folder whose items are returned, those below it are not."""
    folder = keyless(mailbox.folder("Synced"))
    below = keyless(mailbox.folder("Below", parent=folder))
    item = mailbox.message(folder=folder)
    mailbox.message(folder=below)
    mailbox.message(folder=INBOX)

    assert changes(sync(mailbox, folder=folder)) == [("Create", identity(item))]


def test_MS_OXWSSYNC_R504_a_message_created_and_deleted_in_between_never_shows(mailbox: Mailbox) -> None:
    """A message that came and went between two synchronizations is not created on the client."""
    state = state_of(sync(mailbox))
    item = mailbox.message(folder=INBOX)
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>').ok()

    assert "Create" not in {kind for kind, _ in changes(sync(mailbox, state))}


def test_MS_OXWSSYNC_R6701_a_portion_that_is_just_full_may_be_the_last(mailbox: Mailbox) -> None:
    """Where the last change is in the answer, the answer says so, however full it is."""
    mailbox.messages(*["<t:Subject>x</t:Subject>"] * 4, folder=INBOX)

    first = sync(mailbox, most=2)
    second = sync(mailbox, state_of(first), most=2)

    assert [answer.text(".//m:IncludesLastItemInRange") for answer in (first, second)] == ["false", "true"]
    assert changes(sync(mailbox, state_of(second))) == []


def test_MS_OXWSSYNC_R70_changes_of_every_kind_come_one_by_one(mailbox: Mailbox) -> None:
    """Creations, updates, deletions and read flags in portions of one are each told once, and none is missing."""
    read, changed, gone, same = mailbox.messages(
        *["<t:Subject>x</t:Subject><t:IsRead>false</t:IsRead>"] * 4, folder=INBOX
    )
    state = state_of(sync(mailbox))
    new = mailbox.message(folder=INBOX)
    mark(mailbox, read, "message:IsRead", "<t:IsRead>true</t:IsRead>")
    mark(mailbox, changed, "item:Subject", "<t:Subject>y</t:Subject>")
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{gone}</m:ItemIds></m:DeleteItem>').ok()

    seen = []
    for _ in range(10):
        answer = sync(mailbox, state, most=1)
        state = state_of(answer)
        seen += changes(answer)
        if answer.text(".//m:IncludesLastItemInRange") == "true":
            break

    assert sorted(seen) == sorted(
        [
            ("ReadFlagChange", identity(read)),
            ("Update", identity(changed)),
            ("Delete", identity(gone)),
            ("Create", identity(new)),
        ]
    )
    assert identity(same) not in {found for _, found in seen}


def test_MS_OXWSSYNC_R504_what_happens_between_two_portions_is_told_in_the_end(mailbox: Mailbox) -> None:
    """Changes that are made while a client reads portion after portion are not lost."""
    items = mailbox.messages(*["<t:Subject>x</t:Subject>"] * 3, folder=INBOX)
    first = sync(mailbox, most=1)
    new = mailbox.message(folder=INBOX)
    mark(mailbox, items[2], "item:Subject", "<t:Subject>late</t:Subject>")
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{items[0]}</m:ItemIds></m:DeleteItem>').ok()
    shape = (
        "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
    )

    known: dict[str, str] = {}
    state, last = "", False
    answer = first
    for _ in range(20):
        for change in answer.one(".//m:Changes"):
            found = str(change.find(".//t:ItemId", NS).get("Id"))
            if local(change) == "Delete":
                known.pop(found, None)
            else:
                known[found] = change.findtext(".//t:Subject", default="", namespaces=NS)
        state = state_of(answer)
        if last and not len(answer.one(".//m:Changes")):
            break
        last = answer.text(".//m:IncludesLastItemInRange") == "true"
        answer = sync(mailbox, state, most=1, shape=shape)

    assert set(known) == {identity(items[1]), identity(items[2]), identity(new)}
    assert known[identity(items[2])] == "late"


def test_MS_OXWSSYNC_R3851_ignored_items_do_not_cut_a_portion_short(mailbox: Mailbox) -> None:
    """Items of the Ignore list are passed over in every portion, and the others all come."""
    items = mailbox.messages(*["<t:Subject>x</t:Subject>"] * 6, folder=INBOX)
    ignore = f"<m:Ignore>{''.join(keyless(item) for item in items[::2])}</m:Ignore>"
    state, seen = "", []
    for _ in range(20):
        answer = sync(mailbox, state, most=2, ignore=ignore)
        state = state_of(answer)
        seen += changes(answer)
        if answer.text(".//m:IncludesLastItemInRange") == "true":
            break

    assert sorted(seen) == sorted(("Create", identity(item)) for item in items[1::2])


@pytest.mark.parametrize(
    ("act", "told"),
    [
        ("delete", "Delete"),
        ("purge", "Delete"),
        ("move", "Delete"),
        ("read", "ReadFlagChange"),
        ("unread", "ReadFlagChange"),
    ],
)
def test_MS_OXWSSYNC_R504_what_the_owner_does_meanwhile_is_told_by_the_next_round(
    emulator: ExchangeEmulator, mailbox: Mailbox, act: Act, told: str
) -> None:
    """The owner changes an item between two portions: the next round tells it, and none of the others is missing."""
    before = "true" if act == "unread" else "false"
    items = mailbox.messages(
        *[f"<t:Subject>{name}</t:Subject><t:IsRead>{before}</t:IsRead>" for name in "abc"], folder=INBOX
    )
    emulator.add_fault(Fault(operation="SyncFolderItems", nth=2, action="owner", act=act, name="a", path=["Drafts"]))
    answers = [sync(mailbox, most=1)]
    while answers[-1].text(".//m:IncludesLastItemInRange") == "false":
        answers.append(sync(mailbox, state_of(answers[-1]), most=1))

    last = sync(mailbox, state_of(answers[-1]))

    assert [one for answer in answers for one in changes(answer)] == [("Create", identity(item)) for item in items]
    assert changes(last) == [(told, identity(items[0]))]
    assert ("a" in mailbox.subjects(distinguished("drafts"))) == (act == "move")
    assert ("a" in mailbox.subjects(distinguished("deleteditems"))) == (act == "delete")


def test_MS_OXWSCDATA_R518_a_state_that_has_expired_is_refused(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """After states expired, a client that begins anew is told everything once more."""
    item = mailbox.message(folder=INBOX)
    state = state_of(sync(mailbox))
    emulator.expire_sync_states()

    answer = mailbox.call(
        f"<m:SyncFolderItems>{IDS_ONLY}<m:SyncFolderId>{INBOX}</m:SyncFolderId><m:SyncState>{state}</m:SyncState>"
        "<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
    )

    assert answer.codes == ["ErrorInvalidSyncStateData"]
    assert answer.text(".//m:MessageText") == "Synchronization state data is corrupted or otherwise invalid."
    assert changes(sync(mailbox)) == [("Create", identity(item))]
