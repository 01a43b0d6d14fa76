"""ResolveNames, after the page of the operation: the directory first, then the owner's contacts."""

from collections.abc import Callable

import pytest

from emulators.exchange import ExchangeEmulator

from .people import contact, entries, made
from .soap import Answer, Mailbox, distinguished, names, paths

ANN = "<t:DisplayName>Ann Able</t:DisplayName>" + entries(
    "EmailAddresses", {"EmailAddress1": "ann@home.example", "EmailAddress2": "a.able@work.example"}
)


@pytest.fixture
def owner(own_emulator: ExchangeEmulator, open_mailbox: Callable[..., Mailbox]) -> Mailbox:
    """A mailbox in an organization of three people and a group."""
    mailbox = open_mailbox(own_emulator, "owner@example.org")
    for address in ("kim@example.org", "kimberly@example.org"):
        open_mailbox(own_emulator, address)
    own_emulator.add_group("sales@example.org", name="All of Sales", members=["kim@example.org"])
    return mailbox


def resolve(mailbox: Mailbox, words: str, attributes: str = 'ReturnFullContactData="false"', where: str = "") -> Answer:
    """Sends a ResolveNames."""
    return mailbox.call(
        f"<m:ResolveNames {attributes}>{where}<m:UnresolvedEntry>{words}</m:UnresolvedEntry></m:ResolveNames>"
    )


def test_one_candidate_is_a_success(owner: Mailbox) -> None:
    """A name that one mailbox fits is a success with its address."""
    answer = resolve(owner, "kimb").ok()

    assert answer.one(".//m:ResolutionSet").attrib == {"TotalItemsInView": "1", "IncludesLastItemInRange": "true"}
    assert names(answer.one(".//t:Resolution")) == ["Mailbox"]
    assert [answer.text(f".//t:{one}") for one in ("EmailAddress", "RoutingType", "MailboxType")] == [
        "kimberly@example.org", "SMTP", "Mailbox",
    ]  # fmt: skip


def test_several_candidates_are_a_warning(owner: Mailbox) -> None:
    """A name that several fit is a warning that lists them."""
    answer = resolve(owner, "kim")

    assert (answer.classes, answer.codes) == (["Warning"], ["ErrorNameResolutionMultipleResults"])
    assert answer.texts(".//t:EmailAddress") == ["kim@example.org", "kimberly@example.org"]


def test_nobody_is_an_error(owner: Mailbox) -> None:
    """A name that nobody fits is an error without a set."""
    answer = resolve(owner, "nobody")

    assert (answer.classes, answer.codes) == (["Error"], ["ErrorNameResolutionNoResults"])
    assert answer.text(".//m:MessageText") == "No results were found."
    assert answer.all(".//m:ResolutionSet") == []


def test_full_contact_data_comes_from_the_directory(owner: Mailbox) -> None:
    """ReturnFullContactData adds the directory's contact with its source."""
    answer = resolve(owner, "smtp:kimberly@example.org", 'ReturnFullContactData="true"').ok()

    assert answer.text(".//t:ContactSource") == "ActiveDirectory"
    assert answer.text(".//t:Entry") == "SMTP:kimberly@example.org"


def test_an_ex_address_is_resolved(owner: Mailbox, own_emulator: ExchangeEmulator) -> None:
    """A legacyExchangeDN, in any case of letters, finds its SMTP address; one of another organization finds none."""
    (ex,) = own_emulator.ex_addresses("kim@example.org")

    assert resolve(owner, ex.upper()).ok().text(".//t:EmailAddress") == "kim@example.org"
    assert resolve(owner, "/o=Gone/cn=Recipients/cn=old").codes == ["ErrorNameResolutionNoResults"]


def test_a_public_group_is_resolved(owner: Mailbox) -> None:
    """A group of the directory is found by a word of its name, and is a PublicDL."""
    assert resolve(owner, "sales").ok().text(".//t:MailboxType") == "PublicDL"


def test_contacts_are_resolved_with_their_ids(owner: Mailbox) -> None:
    """A contact is found by name and address; each of its addresses is a candidate with the contact's id."""
    contact(owner, ANN)

    both = resolve(owner, "able")
    assert both.texts(".//t:EmailAddress") == ["ann@home.example", "a.able@work.example"]
    assert both.texts(".//t:MailboxType") == ["Contact", "Contact"]
    one = resolve(owner, "a.able@work.example").ok()
    assert owner.item(f'<t:ItemId Id="{one.one(".//t:ItemId").get("Id")}"/>').findtext("{*}DisplayName") == "Ann Able"


def test_a_contact_group_is_resolved_for_expand_dl(owner: Mailbox) -> None:
    """A group of the owner's is a PrivateDL without an address, and with its id."""
    made(owner, "DistributionList", "<t:DisplayName>Chess club</t:DisplayName>")

    answer = resolve(owner, "chess").ok()

    assert [answer.text(f".//t:{one}") for one in ("Name", "RoutingType", "MailboxType")] == [
        "Chess club", "MAPIPDL", "PrivateDL",
    ]  # fmt: skip
    assert answer.all(".//t:EmailAddress") == []
    assert answer.one(".//t:ItemId").get("Id")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("ActiveDirectory", ["kim@example.org"]),
        ("Contacts", ["kim@elsewhere.example"]),
        ("ActiveDirectoryContacts", ["kim@example.org", "kim@elsewhere.example"]),
        ("ContactsActiveDirectory", ["kim@elsewhere.example", "kim@example.org"]),
    ],
)
def test_the_scope_says_where_to_look_and_in_which_order(owner: Mailbox, scope: str, expected: list[str]) -> None:
    """SearchScope chooses between directory and contacts, and says which comes first."""
    contact(owner, entries("EmailAddresses", {"EmailAddress1": "kim@elsewhere.example"}))

    answer = resolve(owner, "kim@e", f'ReturnFullContactData="false" SearchScope="{scope}"')

    assert answer.texts(".//t:EmailAddress") == expected


def test_at_most_a_hundred_are_returned(owner: Mailbox) -> None:
    """Of more than 100 candidates the first 100 come back, and the set says that there are more."""
    for number in range(51):
        contact(owner, ANN.replace("ann@", f"ann{number}@"))

    answer = resolve(owner, "ann able")

    assert answer.one(".//m:ResolutionSet").attrib == {"TotalItemsInView": "100", "IncludesLastItemInRange": "false"}
    assert len(answer.all(".//t:Resolution")) == 100


def test_only_the_default_contacts_are_searched_unless_a_folder_is_named(owner: Mailbox) -> None:
    """A contact in another folder is found only when ParentFolderIds names it."""
    place = owner.folder("Friends", kind="ContactsFolder")
    owner.call(
        f"<m:CreateItem><m:SavedItemFolderId>{place}</m:SavedItemFolderId>"
        f"<m:Items><t:Contact>{ANN}</t:Contact></m:Items></m:CreateItem>"
    ).ok()

    assert resolve(owner, "ann@").codes == ["ErrorNameResolutionNoResults"]
    assert resolve(owner, "ann@", where=f"<m:ParentFolderIds>{place}</m:ParentFolderIds>").ok()


def test_the_example_of_the_page_resolve_names(owner: Mailbox) -> None:
    """The successful answer on the page "ResolveNames operation", element by element."""
    answer = resolve(owner, "kimberly", 'ReturnFullContactData="true"').ok()

    assert list(paths(answer.messages[0])) == [
        "/ResolveNamesResponseMessage@ResponseClass",
        "/ResolveNamesResponseMessage/ResponseCode",
        "/ResolveNamesResponseMessage/ResolutionSet@IncludesLastItemInRange@TotalItemsInView",
        *(f"/ResolveNamesResponseMessage/ResolutionSet/Resolution{path}" for path in (
            "", "/Mailbox", "/Mailbox/Name", "/Mailbox/EmailAddress", "/Mailbox/RoutingType", "/Mailbox/MailboxType",
            "/Contact", "/Contact/DisplayName", "/Contact/EmailAddresses", "/Contact/EmailAddresses/Entry@Key",
            "/Contact/ContactSource",
        )),
    ]  # fmt: skip
    refused = resolve(owner, "nobody").messages[0]
    assert names(refused) == ["MessageText", "ResponseCode", "DescriptiveLinkKey"]


def test_the_page_unresolved_entry_a_routing_type_may_stand_before_the_name(owner: Mailbox) -> None:
    """With smtp before it, an address is looked for among the contacts as in the directory; alone it means nobody."""
    contact(owner, ANN)

    assert resolve(owner, "SMTP:ann@home").ok().text(".//t:EmailAddress") == "ann@home.example"
    assert resolve(owner, "smtp:kimberly@").ok().text(".//t:EmailAddress") == "kimberly@example.org"
    for nobody in (" ", "smtp:", ",", "-"):
        assert resolve(owner, nobody).codes == ["ErrorInvalidNameForNameResolution"]


def test_the_page_response_code_only_one_folder_and_only_with_contacts(owner: Mailbox) -> None:
    """Two folders, or one of another kind, have a code of their own each."""
    contacts, tasks = distinguished("contacts"), distinguished("tasks")

    several = resolve(owner, "kim", where=f"<m:ParentFolderIds>{contacts}{contacts}</m:ParentFolderIds>")
    another = resolve(owner, "kim", where=f"<m:ParentFolderIds>{tasks}</m:ParentFolderIds>")

    assert several.codes == ["ErrorResolveNamesOnlyOneContactsFolderAllowed"]
    assert another.codes == ["ErrorResolveNamesInvalidFolderType"]
