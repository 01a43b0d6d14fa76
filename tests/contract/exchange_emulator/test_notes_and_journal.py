"""Sticky notes (MS-OXONOTE) and journal entries (MS-OXOJRNL): messages of a class of their own."""

import pytest

from .people import extended, uri, values
from .soap import Mailbox, distinguished, keyless, local, reference

NOTE_SET = 'PropertySetId="0006200E-0000-0000-C000-000000000046"'
LOG_SET = 'PropertySetId="0006200A-0000-0000-C000-000000000046"'
# Colour, width, height, left and top.
LOOKS = {0x8B00: "3", 0x8B02: "200", 0x8B03: "166", 0x8B04: "110", 0x8B05: "111"}


def note(mailbox: Mailbox) -> str:
    """Creates a yellow note and returns its id."""
    looks = "".join(extended(f'{NOTE_SET} PropertyId="{number}"', value, "Integer") for number, value in LOOKS.items())
    inside = (
        "<t:ItemClass>IPM.StickyNote</t:ItemClass><t:Subject>Milk</t:Subject>"
        f'<t:Body BodyType="Text">Milk\nand eggs</t:Body>{looks}'
    )
    return mailbox.message(inside, folder=distinguished("notes"))


def test_a_sticky_note_keeps_its_text_and_its_looks(mailbox: Mailbox) -> None:
    """A message of the class IPM.StickyNote comes back with text, colour, size and place."""
    item = note(mailbox)

    found = mailbox.item(item)
    assert (local(found), found.findtext("{*}ItemClass")) == ("Message", "IPM.StickyNote")
    assert found.findtext("{*}Body") == "Milk\nand eggs"
    paths = [uri(f'{NOTE_SET} PropertyId="{number}"', "Integer") for number in LOOKS]
    assert values(mailbox, item, *paths) == list(LOOKS.values())


def test_a_sticky_note_changes_and_moves(mailbox: Mailbox) -> None:
    """A note's text changes by update, and a note may lie in any folder."""
    item = keyless(note(mailbox))

    mailbox.call(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>'
        f'<t:ItemChange>{item}<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Body"/><t:Message>'
        '<t:Body BodyType="Text">Bread</t:Body></t:Message></t:SetItemField></t:Updates></t:ItemChange>'
        "</m:ItemChanges></m:UpdateItem>"
    ).ok()
    place = distinguished("inbox")
    moved = mailbox.call(
        f"<m:MoveItem><m:ToFolderId>{place}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:MoveItem>"
    ).ok()

    found = mailbox.item(reference(moved.one(".//t:ItemId")))
    assert (found.findtext("{*}ItemClass"), found.findtext("{*}Body")) == ("IPM.StickyNote", "Bread")


def test_a_note_needs_a_disposition_as_messages_do(mailbox: Mailbox) -> None:
    """The element decides: without MessageDisposition a note is refused."""
    answer = mailbox.call(
        "<m:CreateItem><m:Items><t:Message><t:ItemClass>IPM.StickyNote</t:ItemClass></t:Message></m:Items></m:CreateItem>"
    )

    assert answer.codes == ["ErrorMessageDispositionRequired"]


@pytest.mark.parametrize("kind", ["Contact", "Task", "PostItem"])
def test_a_note_is_no_other_kind(mailbox: Mailbox, kind: str) -> None:
    """A contact, task or post cannot have the class of a note (MS-OXWSCORE_R2023)."""
    answer = mailbox.call(
        f"<m:CreateItem><m:Items><t:{kind}><t:ItemClass>IPM.StickyNote</t:ItemClass></t:{kind}></m:Items></m:CreateItem>"
    )

    assert answer.codes == ["ErrorObjectTypeChanged"]


def test_a_journal_entry_keeps_what_was_logged(mailbox: Mailbox) -> None:
    """A message of the class IPM.Activity comes back with its type, start and duration."""
    logged = (
        extended(f'{LOG_SET} PropertyId="34560"', "Phone call")
        + extended(f'{LOG_SET} PropertyId="34566"', "2019-03-05T10:20:30Z", "SystemTime")
        + extended(f'{LOG_SET} PropertyId="34567"', "15", "Integer")
    )
    inside = f"<t:ItemClass>IPM.Activity</t:ItemClass><t:Subject>Call</t:Subject>{logged}"

    item = mailbox.message(inside, folder=distinguished("journal"))

    assert mailbox.item(item).findtext("{*}ItemClass") == "IPM.Activity"
    paths = [
        uri(f'{LOG_SET} PropertyId="{number}"', kind)
        for number, kind in ((34560, "String"), (34566, "SystemTime"), (34567, "Integer"))
    ]
    assert values(mailbox, item, *paths) == ["Phone call", "2019-03-05T10:20:30Z", "15"]
