"""Items whose content the server cannot render (page of ResponseCode, on GetItem)."""

import pytest

from emulators.exchange import ExchangeEmulator
from emulators.exchange.control import Control, ControlServer

from . import attachments
from .soap import NS, Answer, Mailbox, distinguished, identity, mime

INBOX = distinguished("inbox")
MIME = "<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
FAILED, CONVERSION, CORRUPT = (
    "ErrorMimeContentConversionFailed",
    "ErrorContentConversionFailed",
    "ErrorItemCorrupt",
)


def shape(*uris: str) -> str:
    """A shape of these properties."""
    inside = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in uris)
    return f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{inside}</t:AdditionalProperties>"


def get(mailbox: Mailbox, asked: str, *items: str) -> Answer:
    """A GetItem of these items."""
    return mailbox.call(
        f"<m:GetItem><m:ItemShape>{asked}</m:ItemShape><m:ItemIds>{''.join(items)}</m:ItemIds></m:GetItem>"
    )


def letters(mailbox: Mailbox, *subjects: str) -> list[str]:
    """Messages by MIME in the Inbox."""
    return mailbox.messages(*(f"<t:MimeContent>{mime(one)}</t:MimeContent>" for one in subjects), folder=INBOX)


@pytest.mark.parametrize("code", [FAILED, CONVERSION, CORRUPT])
@pytest.mark.parametrize("asked", [MIME, shape("item:MimeContent")])
def test_the_page_response_code_mime_that_cannot_be_made_refuses_its_item_alone(
    emulator: ExchangeEmulator, mailbox: Mailbox, code: str, asked: str
) -> None:
    """Whoever asks for the MIME of such an item is refused for that item, and has the others of the batch."""
    items = letters(mailbox, "one", "two", "three")
    emulator.spoil(mailbox.address, identity(items[1]), code=code)

    answer = get(mailbox, asked, *items)

    assert answer.codes == ["NoError", code, "NoError"]
    assert answer.classes == ["Success", "Error", "Success"]
    assert [len(found) for found in answer.all(".//m:Items")] == [1, 0, 1]


@pytest.mark.parametrize(("code", "body"), [(FAILED, "NoError"), (CONVERSION, "NoError"), (CORRUPT, CORRUPT)])
def test_the_page_response_code_what_else_is_known_of_such_an_item_is_told(
    emulator: ExchangeEmulator, mailbox: Mailbox, code: str, body: str
) -> None:
    """Its other properties and its attachments are told; the body too, unless the item is corrupt."""
    (item,) = letters(mailbox, "spoiled")
    emulator.spoil(mailbox.address, identity(item), code=code)

    fields = get(mailbox, shape("item:Subject", "message:From", "item:Attachments", "item:DateTimeReceived"), item).ok()

    assert fields.text(".//t:Subject") == "spoiled"
    assert fields.text(".//t:From/t:Mailbox/t:EmailAddress") == "ann@example.com"
    assert get(mailbox, shape("item:Body"), item).codes == [body]
    assert get(mailbox, "<t:BaseShape>AllProperties</t:BaseShape>", item).codes == [body]


def test_such_an_item_is_found_synchronized_and_copied_like_any_other(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """Searches and synchronizations tell it, and a copy or a move of it cannot be rendered either."""
    (item,) = letters(mailbox, "spoiled")
    emulator.spoil(mailbox.address, identity(item))
    copied = mailbox.call(
        f"<m:CopyItem><m:ToFolderId>{distinguished('drafts')}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:CopyItem>"
    ).ok()
    synchronized = mailbox.call(
        f"<m:SyncFolderItems><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:SyncFolderId>{INBOX}"
        "</m:SyncFolderId><m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
    ).ok()

    assert mailbox.subjects(INBOX) == ["spoiled"]
    assert synchronized.texts(".//t:Create/t:Message/t:Subject") == ["spoiled"]
    copy = copied.one(".//t:ItemId").get("Id")
    assert get(mailbox, MIME, f'<t:ItemId Id="{copy}"/>').codes == [FAILED]


def test_the_page_response_code_files_that_cannot_be_opened_are_refused_alone(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """GetAttachment refuses the files of such an item and gives its items; they are listed all the same."""
    (item,) = letters(mailbox, "with a file")
    file = attachments.attached(mailbox, item, attachments.file())
    inner = attachments.attached(mailbox, item, attachments.attached_item("<t:Subject>inner</t:Subject>"))
    emulator.spoil(mailbox.address, identity(item), code="ErrorCannotOpenFileAttachment")
    emulator.spoil(mailbox.address, identity(item), code=CORRUPT)

    answer = attachments.get(mailbox, file, inner)

    assert answer.codes == ["ErrorCannotOpenFileAttachment", "NoError"]
    listed = get(mailbox, shape("item:Attachments"), f'<t:ItemId Id="{identity(item)}"/>').ok()
    assert listed.texts(".//t:Attachments/*/t:Name") == ["plan.txt", "inner"]
    assert get(mailbox, MIME, f'<t:ItemId Id="{identity(item)}"/>').codes == [CORRUPT]


def test_from_another_process_too(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The control interface spoils an item, and says where the item or the code is none."""
    (item,) = letters(mailbox, "spoiled")
    server = ControlServer(emulator, 0)
    try:
        Control(server.url).spoil(mailbox.address, identity(item), code=CONVERSION)
    finally:
        server.stop()

    answer = get(mailbox, MIME, item)

    assert answer.codes == [CONVERSION]
    assert answer.messages[0].findtext("m:MessageText", namespaces=NS)
    with pytest.raises(ValueError, match="ErrorServerBusy"):
        emulator.spoil(mailbox.address, identity(item), code="ErrorServerBusy")
    with pytest.raises(LookupError):
        emulator.spoil("nobody@example.org", identity(item))
