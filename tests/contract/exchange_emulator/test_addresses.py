"""The addresses of a mailbox, and accounts that have none: who they reach, and what their root folder tells."""

from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator

from .conftest import PASSWORD
from .soap import Answer, Mailbox, basic, distinguished, envelope

XML = {"Content-Type": "text/xml; charset=utf-8"}
ROOT = distinguished("root")
MESSAGE = b"From: ann@example.com\r\nTo: x@example.org\r\nSubject: delivered\r\n\r\nHello\r\n"


def get(*folders: str) -> str:
    """A GetFolder of these folders."""
    return (
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{''.join(folders)}</m:FolderIds></m:GetFolder>"
    )


def of(address: str, name: str = "root") -> str:
    """A well-known folder of a mailbox."""
    return (
        f'<t:DistinguishedFolderId Id="{name}"><t:Mailbox><t:EmailAddress>{address}</t:EmailAddress></t:Mailbox>'
        "</t:DistinguishedFolderId>"
    )


def acting(name: str, kind: str) -> str:
    """An ExchangeImpersonation header."""
    return (
        f"<t:ExchangeImpersonation><t:ConnectingSID><t:{kind}>{name}</t:{kind}></t:ConnectingSID>"
        "</t:ExchangeImpersonation>"
    )


def as_user(mailbox: Mailbox, user: str, *folders: str, header: str = "", more: dict[str, str] | None = None) -> Answer:
    """A GetFolder of whoever signs in with this name."""
    return mailbox.send(
        envelope(get(*folders), header=header), headers={**XML, **basic(user, PASSWORD), **(more or {})}
    )


@pytest.fixture
def alias(emulator: ExchangeEmulator, mailbox: Mailbox) -> str:
    """Another address of the mailbox, whose owner signs in with a name of another domain."""
    found = f"alias.{mailbox.address}"
    emulator.add_mailbox(
        mailbox.address, password=PASSWORD, user=f"upn.{mailbox.address}.local", aliases=[found.upper()]
    )
    return found


@pytest.fixture
def service(emulator: ExchangeEmulator, mailbox: Mailbox) -> str:
    """An account without a mailbox."""
    emulator.add_account(f"service.{mailbox.address}", password=PASSWORD)
    return f"service.{mailbox.address}"


def test_who_signs_in_with_another_name_has_the_same_root_folder(
    emulator: ExchangeEmulator, mailbox: Mailbox, open_mailbox: Callable[..., Mailbox]
) -> None:
    """The root folder's id is that of the mailbox by whatever name its owner signs in, and no other mailbox has it."""
    root = as_user(mailbox, mailbox.address, ROOT).ok().one(".//t:FolderId").get("Id")

    for user in (f"CORP\\{mailbox.address}", f"upn.{mailbox.address}.local"):
        emulator.add_mailbox(mailbox.address, password=PASSWORD, user=user)
        assert as_user(mailbox, user, ROOT).ok().one(".//t:FolderId").get("Id") == root
        emulator.add_mailbox(mailbox.address, password=PASSWORD, user=user, by_address=False)
        assert as_user(mailbox, mailbox.address, ROOT).status == 401
    assert open_mailbox(emulator).call(get(ROOT)).ok().one(".//t:FolderId").get("Id") != root


def test_all_addresses_of_a_mailbox_reach_it(emulator: ExchangeEmulator, mailbox: Mailbox, alias: str) -> None:
    """Mail to another address arrives, names resolve by it to the primary one, and nobody signs in with it."""
    emulator.deliver(alias, MESSAGE)

    assert mailbox.subjects(distinguished("inbox")) == ["delivered"]
    resolved = mailbox.call(
        f'<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>{alias}</m:UnresolvedEntry></m:ResolveNames>'
    ).ok()
    assert resolved.text(".//t:EmailAddress") == mailbox.address
    assert as_user(mailbox, alias, ROOT).status == 401


def test_the_page_distinguishedfolderid_proxy_addresses_are_not_allowed(
    emulator: ExchangeEmulator, mailbox: Mailbox, alias: str, open_mailbox: Callable[..., Mailbox]
) -> None:
    """A folder of another address is ErrorNonPrimarySmtpAddress, which tells the primary one; one of nobody is not."""
    other = open_mailbox(emulator)
    emulator.configure(full_access={other.address: [mailbox.address]})

    for client in (mailbox, other):
        answer = client.call(get(of(alias), of(mailbox.address), of("nobody@example.org")))
        assert answer.codes == ["ErrorNonPrimarySmtpAddress", "NoError", "ErrorNonExistentMailbox"]
        value = answer.messages[0].find(".//{*}MessageXml/{*}Value")
        assert value is not None
        assert (value.get("Name"), value.text) == ("Primary", mailbox.address)


@pytest.mark.parametrize(
    ("kind", "code"), [("PrimarySmtpAddress", "ErrorNonPrimarySmtpAddress"), ("SmtpAddress", None)]
)
def test_the_page_primarysmtpaddress_others_are_not_accepted(
    emulator: ExchangeEmulator, mailbox: Mailbox, alias: str, service: str, kind: str, code: str | None
) -> None:
    """Who is impersonated by PrimarySmtpAddress is named by the primary address; SmtpAddress takes any."""
    emulator.configure(impersonation={service: ["*"]})

    answer = as_user(mailbox, service, ROOT, header=acting(alias, kind))

    if code is None:
        assert answer.ok().one(".//t:FolderId").get("Id") == mailbox.call(get(ROOT)).one(".//t:FolderId").get("Id")
    else:
        assert (answer.status, answer.fault) == (500, code)
        assert answer.text("detail/t:MessageXml/t:Value") == mailbox.address


def test_the_page_response_code_a_server_may_refuse_all_impersonation(
    emulator: ExchangeEmulator, mailbox: Mailbox, service: str
) -> None:
    """Without the right on the server it is ErrorImpersonationDenied, without that to the user another code."""
    header = acting(mailbox.address, "SmtpAddress")

    assert as_user(mailbox, service, ROOT, header=header).fault == "ErrorImpersonateUserDenied"
    emulator.configure(impersonation={service: ["*"]}, impersonates_here=False)
    assert as_user(mailbox, service, ROOT, header=header).fault == "ErrorImpersonationDenied"


def test_an_account_without_a_mailbox_has_no_retention_tags(
    emulator: ExchangeEmulator, mailbox: Mailbox, service: str
) -> None:
    """GetUserRetentionPolicyTagsType of messages.xsd names no mailbox: full access to another one does not matter."""
    emulator.configure(full_access={service: [mailbox.address]}, impersonation={service: [mailbox.address]})

    def asked(header: str = "") -> Answer:
        body = envelope("<m:GetUserRetentionPolicyTags/>", header=header)
        return mailbox.send(body, headers={**XML, **basic(service, PASSWORD)})

    assert asked().fault == "ErrorNonExistentMailbox"
    assert b"NoError" in asked(acting(mailbox.address, "PrimarySmtpAddress")).data


def test_an_account_without_a_mailbox_names_one_with_each_folder(
    emulator: ExchangeEmulator, mailbox: Mailbox, service: str
) -> None:
    """Its folders without a Mailbox are ErrorMissingEmailAddress (php-ews#106); with one they need the right to it."""
    bare, refused = as_user(mailbox, service, ROOT), as_user(mailbox, service, of(mailbox.address))
    emulator.configure(full_access={service: [mailbox.address]})
    allowed = as_user(mailbox, service, of(mailbox.address))

    assert (bare.codes, refused.codes) == (["ErrorMissingEmailAddress"], ["ErrorAccessDenied"])
    assert allowed.ok().one(".//t:FolderId").get("Id") == mailbox.call(get(ROOT)).one(".//t:FolderId").get("Id")


def test_an_account_without_a_mailbox_may_name_one_in_some_folders_of_a_batch(
    emulator: ExchangeEmulator, mailbox: Mailbox, service: str
) -> None:
    """With full access its ids of folders reach the mailbox; a folder that names none is refused beside them."""
    emulator.configure(full_access={service: [mailbox.address]})

    answer = as_user(mailbox, service, mailbox.folder("Theirs"), of(mailbox.address, "inbox"), ROOT)

    assert answer.codes == ["NoError", "NoError", "ErrorMissingEmailAddress"]


def test_the_header_x_anchormailbox_is_for_routing_alone(
    emulator: ExchangeEmulator, mailbox: Mailbox, service: str
) -> None:
    """X-AnchorMailbox changes neither who acts nor which mailbox is opened, whatever it names."""
    emulator.configure(impersonation={service: [mailbox.address]})
    header = acting(mailbox.address, "SmtpAddress")
    root = mailbox.call(get(ROOT)).one(".//t:FolderId").get("Id")

    for anchor in (mailbox.address, "nobody@example.org", ""):
        answer = as_user(mailbox, service, ROOT, header=header, more={"X-AnchorMailbox": anchor})
        assert answer.ok().one(".//t:FolderId").get("Id") == root
        alone = as_user(mailbox, service, ROOT, more={"X-AnchorMailbox": anchor})
        assert alone.codes == ["ErrorMissingEmailAddress"]
