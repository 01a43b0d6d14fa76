"""Items that the emulator does not compute yet are refused, never given back as they came."""

import pytest

from .soap import Mailbox, distinguished


def create(kind: str, inside: str, folder: str) -> str:
    """A CreateItem of one item of any kind, told to nobody."""
    return (
        '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone">'
        f"<m:SavedItemFolderId>{distinguished(folder)}</m:SavedItemFolderId>"
        f"<m:Items><t:{kind}>{inside}</t:{kind}></m:Items></m:CreateItem>"
    )


@pytest.mark.parametrize(
    ("kind", "inside", "folder"),
    [
        ("Message", "<t:ItemClass>IPM.Schedule.Meeting.Request</t:ItemClass>", "inbox"),
    ],
)
def test_what_is_not_computed_is_refused(mailbox: Mailbox, kind: str, inside: str, folder: str) -> None:
    """An item of a kind that the emulator does not compute is refused by name, and nothing of it is stored."""
    answer = mailbox.call(create(kind, inside, folder))

    assert answer.classes == ["Error"]
    assert answer.codes[0] in ("ErrorInvalidOperation", "ErrorInvalidPropertySet")
    assert mailbox.subjects(distinguished(folder)) == []


def test_the_refusal_says_that_it_is_the_emulator_s(mailbox: Mailbox) -> None:
    """The text of the refusal names the emulator and the kind, so that nobody takes it for Exchange's opinion."""
    answer = mailbox.call(create("Message", "<t:ItemClass>IPM.Schedule.Meeting.Request</t:ItemClass>", "inbox"))

    assert answer.text(".//m:MessageText") == "The emulator does not compute IPM.Schedule.Meeting.Request yet."


def test_a_message_cannot_become_what_is_not_computed(mailbox: Mailbox) -> None:
    """A stored message keeps its class when an update names one that the emulator does not compute."""
    item = mailbox.message()

    answer = mailbox.call(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>'
        f'<t:ItemChange>{item}<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:ItemClass"/>'
        "<t:Message><t:ItemClass>IPM.Schedule.Meeting.Request</t:ItemClass></t:Message></t:SetItemField></t:Updates>"
        "</t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )

    assert answer.codes == ["ErrorInvalidOperation"]
    assert mailbox.item(item).findtext("{*}ItemClass") == "IPM.Note"
