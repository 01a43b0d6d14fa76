"""Impersonation and full access: two rights, given apart, that open different things."""

from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import HOUR, delete, occurrence, shown, starts, view, weekly
from .calendars import create as appointments
from .calendars import update as changed
from .rules import code, create, get, rule, update
from .soap import Answer, Mailbox, distinguished, identity, reference

INBOX = distinguished("inbox")
SUBJECT = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
)


def acting(name: str, kind: str = "PrimarySmtpAddress") -> str:
    """An ExchangeImpersonation header."""
    return (
        f"<t:ExchangeImpersonation><t:ConnectingSID><t:{kind}>{name}</t:{kind}></t:ConnectingSID>"
        "</t:ExchangeImpersonation>"
    )


def theirs(owner: Mailbox, name: str = "inbox") -> str:
    """A well-known folder of somebody's mailbox."""
    address = f"<t:Mailbox><t:EmailAddress>{owner.address}</t:EmailAddress></t:Mailbox>"
    return f'<t:DistinguishedFolderId Id="{name}">{address}</t:DistinguishedFolderId>'


def marking(item: str) -> str:
    """An UpdateItem that marks a message as read."""
    return (
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>'
        f'{item}<t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead>'
        "</t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )


def subjects(mailbox: Mailbox, folder: str = INBOX, header: str = "") -> Answer:
    """What FindItem answers for a folder."""
    return mailbox.call(
        f'<m:FindItem Traversal="Shallow">{SUBJECT}<m:ParentFolderIds>{folder}</m:ParentFolderIds></m:FindItem>',
        header=header,
    )


@pytest.fixture
def other(emulator: ExchangeEmulator, open_mailbox: Callable[..., Mailbox]) -> Mailbox:
    """A second mailbox with one message in its Inbox."""
    found = open_mailbox(emulator)
    found.message("<t:Subject>Theirs</t:Subject>", folder=INBOX)
    return found


def test_impersonation_needs_its_right(emulator: ExchangeEmulator, mailbox: Mailbox, other: Mailbox) -> None:
    """Without the right, with full access alone, or with the right to somebody else, it is refused."""
    header = acting(other.address)

    assert subjects(mailbox, header=header).fault == "ErrorImpersonateUserDenied"
    emulator.configure(full_access={mailbox.address: [other.address]})
    assert subjects(mailbox, header=header).fault == "ErrorImpersonateUserDenied"
    emulator.configure(impersonation={mailbox.address: ["somebody@example.org"]})
    assert subjects(mailbox, header=header).fault == "ErrorImpersonateUserDenied"


def test_a_user_principal_name_is_not_an_address(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """PrincipalName names a user by what they sign in with, PrimarySmtpAddress by their address."""
    user, address = f"login.{mailbox.address}", f"box.{mailbox.address}"
    emulator.add_mailbox(address, password="secret", user=user)
    emulator.configure(impersonation={mailbox.address: ["*"]})

    subjects(mailbox, header=acting(user, "PrincipalName")).ok()
    assert subjects(mailbox, header=acting(address, "PrincipalName")).fault == "ErrorInvalidUserPrincipalName"
    assert subjects(mailbox, header=acting(user)).fault == "ErrorNonExistentMailbox"


@pytest.mark.parametrize("kind", ["PrimarySmtpAddress", "SmtpAddress", "PrincipalName"])
def test_who_impersonates_is_the_other_user(
    emulator: ExchangeEmulator, mailbox: Mailbox, other: Mailbox, kind: str
) -> None:
    """Well-known folders, rules and out of office are those of the impersonated user, however the header names them."""
    emulator.configure(impersonation={mailbox.address: ["*"]})
    header = acting(other.address.upper(), kind)

    assert subjects(mailbox, header=header).ok().texts(".//t:Subject") == ["Theirs"]
    made = mailbox.call(
        f"<m:UpdateInboxRules><m:Operations>{create(rule(name='Given'))}</m:Operations></m:UpdateInboxRules>",
        header=header,
    )
    assert code(made) == "NoError"
    assert get(other).texts(".//t:DisplayName") == ["Given"]
    assert get(mailbox).texts(".//t:DisplayName") == []
    away = mailbox.call(
        f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{other.address}</t:Address></t:Mailbox>"
        "</m:GetUserOofSettingsRequest>",
        header=header,
    )
    assert away.text("m:ResponseMessage/m:ResponseCode") == "NoError"


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("nobody@example.org", "PrimarySmtpAddress", "ErrorNonExistentMailbox"),
        ("nobody@example.org", "PrincipalName", "ErrorInvalidUserPrincipalName"),
        ("S-1-5-21-1", "SID", "ErrorInvalidUserSid"),
    ],
)
def test_who_cannot_be_impersonated(
    emulator: ExchangeEmulator, mailbox: Mailbox, name: str, kind: str, expected: str
) -> None:
    """A header that names nobody is a fault of its own kind."""
    emulator.configure(impersonation={mailbox.address: ["*"]})

    assert subjects(mailbox, header=acting(name, kind)).fault == expected


def test_full_access_needs_its_right(emulator: ExchangeEmulator, mailbox: Mailbox, other: Mailbox) -> None:
    """Another's folder is refused, with the right to impersonate as well, and a mailbox of nobody does not exist."""
    emulator.configure(impersonation={mailbox.address: ["*"]})

    assert subjects(mailbox, theirs(other)).codes == ["ErrorAccessDenied"]
    emulator.configure(full_access={mailbox.address: [other.address], other.address: [other.address]})
    assert subjects(mailbox, theirs(other)).ok().texts(".//t:Subject") == ["Theirs"]
    nobody = theirs(other).replace(other.address, "nobody@example.org")
    assert subjects(mailbox, nobody).codes == ["ErrorNonExistentMailbox"]
    assert subjects(other, theirs(mailbox)).codes == ["ErrorAccessDenied"]


def test_exchangelib_676_702_the_permissions_of_another_s_folder_are_refused_by_name(
    emulator: ExchangeEmulator, mailbox: Mailbox, other: Mailbox
) -> None:
    """Whoever asks for PermissionSet by name is refused for folders of another, unless they impersonate the owner."""
    emulator.configure(full_access={mailbox.address: [other.address]}, impersonation={mailbox.address: ["*"]})
    asked = (
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="folder:PermissionSet"/></t:AdditionalProperties></m:FolderShape>'
        "<m:FolderIds>{}</m:FolderIds></m:GetFolder>"
    )

    assert mailbox.call(asked.format(theirs(other))).codes == ["ErrorAccessDenied"]
    assert mailbox.call(asked.format(INBOX), header=acting(other.address)).ok().one(".//t:PermissionSet") is not None
    assert other.call(asked.format(INBOX)).ok()
    emulator.configure(reads_others_permissions=True)
    assert mailbox.call(asked.format(theirs(other))).ok()


def test_full_access_reaches_items_by_their_ids(emulator: ExchangeEmulator, mailbox: Mailbox, other: Mailbox) -> None:
    """With full access items of the other mailbox are read, created and deleted; without it their ids name nothing."""
    item = subjects(other).one(".//t:ItemId").get("Id")
    read = f'<m:GetItem>{SUBJECT}<m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:GetItem>'
    assert mailbox.call(read).codes == ["ErrorItemNotFound"]

    emulator.configure(full_access={mailbox.address: [other.address]})

    assert mailbox.call(read).ok().text(".//t:Subject") == "Theirs"
    mailbox.message("<t:Subject>New</t:Subject>", folder=theirs(other))
    assert other.subjects(INBOX) == ["New", "Theirs"]
    assert mailbox.subjects(INBOX) == []
    mailbox.call(
        f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:DeleteItem>'
    ).ok()
    assert other.subjects(INBOX) == ["New"]


def test_full_access_reaches_occurrences_by_their_series(
    emulator: ExchangeEmulator, mailbox: Mailbox, other: Mailbox
) -> None:
    """An occurrence of somebody's series is changed and deleted by its index, and names its series."""
    emulator.configure(full_access={mailbox.address: [other.address]})
    request = appointments(f"{HOUR}{weekly('Monday', start='2024-03-04', number=3)}")
    mine, calendar = distinguished("calendar"), theirs(other, "calendar")
    series = reference(mailbox.call(request.replace(mine, calendar)).ok().one(".//t:ItemId"), key=False)

    later = ("calendar:End", "<t:End>2024-03-11T13:00:00Z</t:End>")
    mailbox.call(changed(occurrence(series, 2), later)).ok()
    mailbox.call(delete(occurrence(series, 3))).ok()

    found = mailbox.call(view("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z").replace(mine, calendar))
    assert starts(found) == ["2024-03-04T09:00:00Z", "2024-03-11T09:00:00Z"]
    assert found.texts(".//t:Items/*/t:End") == ["2024-03-04T10:00:00Z", "2024-03-11T13:00:00Z"]
    one = found.all(".//t:ItemId")[1].get("Id")
    master = f'<t:RecurringMasterItemId OccurrenceId="{one}"/>'
    assert identity(reference(mailbox.item(master)[0])) == identity(series)


def test_MS_OXWSCORE_R104_who_changed_an_item_last_is_named(
    emulator: ExchangeEmulator, mailbox: Mailbox, other: Mailbox
) -> None:
    """LastModifiedName is whoever created or changed an item: its owner, or somebody with full access to it."""
    emulator.configure(full_access={mailbox.address: [other.address]})
    item = mailbox.message("<t:Subject>New</t:Subject>", folder=theirs(other))

    def last(item: str) -> str | None:
        return shown(other.item(item), "LastModifiedName")[0]

    owner, guest = (one.address.partition("@")[0] for one in (other, mailbox))
    assert last(item) == guest
    other.call(marking(item)).ok()
    assert last(item) == owner
    copied = mailbox.call(
        f"<m:CopyItem><m:ToFolderId>{theirs(other)}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:CopyItem>"
    )
    assert [last(item), last(reference(copied.ok().one(".//t:ItemId")))] == [owner, guest]


def test_full_access_leaves_the_user_s_settings_alone(
    emulator: ExchangeEmulator, mailbox: Mailbox, other: Mailbox
) -> None:
    """With full access rules are still one's own, and so is a well-known folder without a mailbox."""
    emulator.configure(full_access={mailbox.address: [other.address]})

    assert code(update(mailbox, create(rule(name="Mine")))) == "NoError"
    assert get(other).texts(".//t:DisplayName") == []
    moved = f"<t:MoveToFolder>{theirs(other, 'junkemail')}</t:MoveToFolder>"
    assert code(update(mailbox, create(rule(actions=moved)))) == "ErrorInboxRulesValidationError"
    assert subjects(mailbox).ok().texts(".//t:Subject") == []


def test_two_mailboxes_in_one_request_are_refused_by_name(
    emulator: ExchangeEmulator, mailbox: Mailbox, other: Mailbox
) -> None:
    """The emulator says that it does not serve two mailboxes at once, and nobody takes it for Exchange's opinion."""
    emulator.configure(full_access={mailbox.address: [other.address]})

    answer = subjects(mailbox, theirs(other) + INBOX)

    assert answer.fault == "ErrorInvalidOperation"
    assert b"The emulator does not serve two mailboxes" in answer.data
