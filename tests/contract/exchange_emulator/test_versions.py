"""What came with which version: a request may use what the version it names knows, and nothing newer."""

import pytest

from emulators.exchange import ExchangeEmulator

from .soap import NS, Mailbox, distinguished, names

INBOX = distinguished("inbox")
BEFORE = {"Exchange2010_SP1": "Exchange2010", "Exchange2013": "Exchange2010_SP2", "Exchange2016": "Exchange2013_SP1"}


def get(*uris: str) -> str:
    """A GetItem of the properties named, of the item that stands in braces."""
    inside = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in uris)
    return (
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f"{inside}</t:AdditionalProperties></m:ItemShape><m:ItemIds>{{item}}</m:ItemIds></m:GetItem>"
    )


NOVELTIES = [
    pytest.param(
        f"<m:MoveItem><m:ToFolderId>{INBOX}</m:ToFolderId><m:ItemIds>{{item}}</m:ItemIds>"
        "<m:ReturnNewItemIds>true</m:ReturnNewItemIds></m:MoveItem>",
        "Exchange2010_SP1",
        id="ReturnNewItemIds-R1230",
    ),
    pytest.param(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:SyncFolderId>{INBOX}</m:SyncFolderId><m:MaxChangesReturned>1</m:MaxChangesReturned>"
        "<m:SyncScope>NormalItems</m:SyncScope></m:SyncFolderItems>",
        "Exchange2010_SP1",
        id="SyncScope-SYNC-R37811008",
    ),
    pytest.param(get("item:Flag"), "Exchange2013", id="Flag-R1346"),
    pytest.param(get("item:Preview"), "Exchange2013", id="Preview-R1354"),
    pytest.param(get("item:InstanceKey"), "Exchange2013", id="InstanceKey-R1348"),
    pytest.param(get("item:TextBody"), "Exchange2013", id="TextBody-R1731"),
    pytest.param(
        '<m:DeleteItem DeleteType="HardDelete" SuppressReadReceipts="true">'
        "<m:ItemIds>{item}</m:ItemIds></m:DeleteItem>",
        "Exchange2013",
        id="SuppressReadReceipts-R2311",
    ),
]


@pytest.mark.parametrize(("body", "since"), NOVELTIES)
def test_MS_OXWSCORE_R1230_R1346_R1348_R1354_R1731_R2311_a_request_uses_what_its_version_knows(
    mailbox: Mailbox, body: str, since: str
) -> None:
    """A word newer than the version of the request is ErrorIncorrectSchemaVersion; from its version on it is fine."""
    request = body.format(item=mailbox.message())

    refused = mailbox.call(request, version=BEFORE[since])
    accepted = mailbox.call(request, version=since)

    assert (refused.status, refused.fault) == (500, "ErrorIncorrectSchemaVersion")
    assert accepted.ok()


def test_MS_OXWSCORE_R1346_an_older_server_has_never_heard_of_it(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """To a server older than the word itself the request is not valid."""
    item = mailbox.message()
    emulator.configure(version="2010")

    answer = mailbox.call(get("item:Flag").format(item=item), version="Exchange2010_SP2")

    assert (answer.status, answer.fault) == (500, "ErrorSchemaValidation")


@pytest.mark.parametrize(("version", "there"), [("Exchange2010_SP2", False), ("Exchange2013", True)])
def test_MS_OXWSCORE_R1502_flags_are_told_to_those_who_know_them(mailbox: Mailbox, version: str, there: bool) -> None:
    """AllProperties of a flagged message holds its flag for a request of 2013, and no flag for one of 2010."""
    item = mailbox.message("<t:Subject>x</t:Subject><t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>")

    answer = mailbox.call(
        "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
        f"<m:ItemIds>{item}</m:ItemIds></m:GetItem>",
        version=version,
    ).ok()

    assert ("Flag" in names(answer.one(".//t:Message"))) == there


def test_MS_OXWSCDATA_R4000_folders_of_later_versions_are_unknown_before(mailbox: Mailbox) -> None:
    """A well-known folder can be named from the version on that knows it."""
    request = (
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{distinguished('recoverableitemsdeletions')}</m:FolderIds></m:GetFolder>"
    )

    refused = mailbox.call(request, version="Exchange2007_SP1")
    accepted = mailbox.call(request, version="Exchange2010_SP1").ok()

    assert refused.fault == "ErrorIncorrectSchemaVersion"
    assert accepted.one(".//t:Folder").findtext("t:DisplayName", namespaces=NS) == "Deletions"
