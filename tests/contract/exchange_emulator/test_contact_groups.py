"""Contact groups: MS-OXWSDLIST, the size limit of MS-OXOCNTC 2.2.2.2.1, and the page of the operation ExpandDL."""

import base64
from collections.abc import Callable

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator

from .people import (
    ADDRESS_SET,
    add,
    asking,
    contact,
    create,
    drop,
    entries,
    field,
    find,
    indexed,
    made,
    put,
    update,
    uri,
    values,
)
from .soap import Answer, Mailbox, identity, names, paths

NAME = "<t:DisplayName>Team</t:DisplayName>"
MEMBERS = "distributionlist:Members"


def member(inside: str) -> str:
    """A Member."""
    return f"<t:Member><t:Mailbox>{inside}</t:Mailbox></t:Member>"


def person(address: str, name: str = "", more: str = "") -> str:
    """A member by address."""
    named = f"<t:Name>{name}</t:Name>" if name else ""
    return member(f"{named}<t:EmailAddress>{address}</t:EmailAddress>{more}")


def group(mailbox: Mailbox, *members: str, name: str = NAME) -> str:
    """Creates a group and returns its id."""
    return made(mailbox, "DistributionList", f"{name}<t:Members>{''.join(members)}</t:Members>")


def told(mailbox: Mailbox, item: str) -> list[dict[str, str]]:
    """What is said of each member."""
    return [
        {etree.QName(one).localname: one.text or "" for one in found.iter() if len(one) == 0 and one.text}
        | {"Key": str(found.get("Key"))}
        for found in mailbox.item(item).iterfind("{*}Members/{*}Member")
    ]


def expand(mailbox: Mailbox, inside: str) -> Answer:
    """Sends an ExpandDL."""
    return mailbox.call(f"<m:ExpandDL><m:Mailbox>{inside}</m:Mailbox></m:ExpandDL>")


def test_members_by_address_are_one_offs(mailbox: Mailbox) -> None:
    """A member by address is told with name, routing type, the type OneOff, a key and the status Normal."""
    item = group(mailbox, person("ann@example.com", "Ann"), person("bob@example.com"))

    ann, bob = told(mailbox, item)

    assert (ann["Name"], ann["EmailAddress"], ann["RoutingType"]) == ("Ann", "ann@example.com", "SMTP")
    assert (ann["MailboxType"], ann["Status"]) == ("OneOff", "Normal")
    assert bob["Name"] == "bob@example.com"
    assert ann["Key"] != bob["Key"]


def test_a_member_s_key_is_its_one_off_entry_id(mailbox: Mailbox) -> None:
    """The key holds type and address in UTF-16, as a One-Off EntryID does (MS-OXCDATA 2.2.5.1)."""
    item = group(mailbox, person("ann@example.com", "Ann"))

    (ann,) = told(mailbox, item)

    raw = base64.b64decode(ann["Key"])
    assert raw[4:20].hex() == "812b1fa4bea310199d6e00dd010f5402"
    assert raw[24:].decode("utf-16-le").split("\0")[:3] == ["Ann", "SMTP", "ann@example.com"]
    for number in (0x8054, 0x8055):
        path = uri(f'{ADDRESS_SET} PropertyId="{number}"', "BinaryArray")
        found = mailbox.item(item, shape=asking(path))
        assert [one.text for one in found.iter("{*}Value")] == [ann["Key"]]


def test_a_group_has_a_subject_and_is_filed_under_its_name(mailbox: Mailbox) -> None:
    """Subject, DisplayName and FileAs of a group say its name, and follow it."""
    item = group(mailbox)
    renamed = put("DistributionList", field("contacts:DisplayName"), "<t:DisplayName>Club</t:DisplayName>")
    update(mailbox, item, renamed).ok()

    found = mailbox.item(item)

    assert [found.findtext(f"{{*}}{one}") for one in ("ItemClass", "Subject", "DisplayName", "FileAs")] == [
        "IPM.DistList", "Club", "Club", "Club",
    ]  # fmt: skip
    assert found.find("{*}Members") is None
    assert values(mailbox, item, uri(f'{ADDRESS_SET} PropertyId="32851"')) == ["Club"]


def test_members_by_contact_follow_the_contact(mailbox: Mailbox) -> None:
    """A member by ItemId has the contact's name and the address asked for, and tells its id."""
    both = entries("EmailAddresses", {"EmailAddress1": "ann@home.example", "EmailAddress2": "ann@work.example"})
    ann = contact(mailbox, f"<t:DisplayName>Ann</t:DisplayName>{both}")
    item = group(
        mailbox,
        member(f"<t:MailboxType>Contact</t:MailboxType>{ann}"),
        member(f"<t:EmailAddress>ann@work.example</t:EmailAddress>{ann}"),
    )

    first, second = told(mailbox, item)
    assert (first["Name"], first["EmailAddress"], first["MailboxType"]) == ("Ann", "ann@home.example", "Contact")
    assert second["EmailAddress"] == "ann@work.example"
    assert mailbox.item(item).find("{*}Members/{*}Member/{*}Mailbox/{*}ItemId").get("Id") == identity(ann)  # type: ignore[union-attr]  # it is there, or the test fails

    update(mailbox, ann, put("Contact", field("contacts:DisplayName"), "<t:DisplayName>Anna</t:DisplayName>")).ok()
    assert [one["Name"] for one in told(mailbox, item)] == ["Anna", "Anna"]


def test_a_member_whose_contact_is_gone_is_demoted(mailbox: Mailbox) -> None:
    """Once the contact is deleted its member keeps name and address, with the status Demoted and no id."""
    ann = contact(mailbox, entries("EmailAddresses", {"EmailAddress1": "ann@example.com"}))
    item = group(mailbox, member(ann), person("bob@example.com"))

    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{ann}</m:ItemIds></m:DeleteItem>').ok()

    first, second = told(mailbox, item)
    assert (first["EmailAddress"], first["Status"], second["Status"]) == ("ann@example.com", "Demoted", "Normal")
    assert mailbox.item(item).findall(".//{*}Members//{*}ItemId") == []


def test_groups_nest(mailbox: Mailbox) -> None:
    """A group within a group is a PrivateDL with its id; ExpandDL does not look into it."""
    inner = group(mailbox, person("ann@example.com"))
    outer = group(mailbox, member(inner), person("bob@example.com"), name="<t:DisplayName>All</t:DisplayName>")

    (first, _) = told(mailbox, outer)
    assert (first["Name"], first["RoutingType"], first["MailboxType"]) == ("Team", "MAPIPDL", "PrivateDL")

    answer = expand(mailbox, outer).ok()
    assert answer.one(".//m:DLExpansion").attrib == {"TotalItemsInView": "2", "IncludesLastItemInRange": "true"}
    assert answer.texts(".//t:Name") == ["Team", "bob@example.com"]
    nested = answer.one(".//t:ItemId")
    below = expand(mailbox, f'<t:ItemId Id="{nested.get("Id")}"/>').ok()
    assert below.texts(".//t:EmailAddress") == ["ann@example.com"]


def test_expanding_an_empty_group_is_a_success(mailbox: Mailbox) -> None:
    """ExpandDL of a group without members returns none, and no error."""
    answer = expand(mailbox, group(mailbox)).ok()

    assert answer.one(".//m:DLExpansion").get("TotalItemsInView") == "0"


@pytest.mark.parametrize(
    "inside",
    [
        "<t:Name>Nobody</t:Name>",
        "<t:EmailAddress>ann@example.com</t:EmailAddress><t:MailboxType>Contact</t:MailboxType>",
        "<t:EmailAddress>ann@example.com</t:EmailAddress><t:MailboxType>PrivateDL</t:MailboxType>",
    ],
)
def test_a_member_needs_an_address_or_an_id(mailbox: Mailbox, inside: str) -> None:
    """Without both, or as a contact without its id, a member is refused (MS-OXWSDLIST 2.2.4.2)."""
    answer = mailbox.call(create("DistributionList", f"<t:Members>{member(inside)}</t:Members>", folder="contacts"))

    assert answer.codes == ["ErrorInvalidMailbox"]


def test_members_that_cannot_be_written_to_are_refused(mailbox: Mailbox) -> None:
    """A message is no member, a contact without an address is none, and neither is an item that is gone."""
    gone = contact(mailbox, "<t:GivenName>X</t:GivenName>")
    silent = contact(mailbox, "<t:GivenName>Y</t:GivenName>")
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{gone}</m:ItemIds></m:DeleteItem>').ok()
    wanted = {
        mailbox.message(): "ErrorInvalidMailbox",
        silent: "ErrorMissingInformationEmailAddress",
        gone: "ErrorItemNotFound",
    }

    for one, code in wanted.items():
        inside = f"<t:Members>{member(one)}</t:Members>"
        assert mailbox.call(create("DistributionList", inside, folder="contacts")).codes == [code]


def test_members_are_appended_replaced_and_taken_away(mailbox: Mailbox) -> None:
    """AppendToItemField adds, SetItemField replaces, DeleteItemField takes one by its key or all."""
    item = group(mailbox, person("ann@example.com"))
    path, kind = field(MEMBERS), "DistributionList"

    more = person("bob@example.com") + person("cy@example.com")
    update(mailbox, item, add(kind, path, f"<t:Members>{more}</t:Members>")).ok()
    everybody = told(mailbox, item)
    assert [one["EmailAddress"] for one in everybody] == ["ann@example.com", "bob@example.com", "cy@example.com"]

    update(mailbox, item, drop(indexed(f"{MEMBERS}:Member", everybody[1]["Key"]))).ok()
    assert [one["EmailAddress"] for one in told(mailbox, item)] == ["ann@example.com", "cy@example.com"]

    update(mailbox, item, put(kind, path, f"<t:Members>{person('dan@example.com')}</t:Members>")).ok()
    assert [one["EmailAddress"] for one in told(mailbox, item)] == ["dan@example.com"]

    update(mailbox, item, drop(path)).ok()
    assert told(mailbox, item) == []


def test_a_member_that_is_none_cannot_be_taken_away(mailbox: Mailbox) -> None:
    """A key that no member has is refused."""
    item = group(mailbox, person("ann@example.com"))

    answer = update(mailbox, item, drop(indexed(f"{MEMBERS}:Member", "QUJD")))

    assert answer.codes == ["ErrorDistributionListMemberNotExist"]


def test_the_same_member_twice_is_one(mailbox: Mailbox) -> None:
    """Members have keys, so the same name and address come once."""
    item = group(mailbox, person("ann@example.com", "Ann"), person("ann@example.com", "Ann"))

    assert len(told(mailbox, item)) == 1


def test_members_stay_below_fifteen_thousand_bytes(mailbox: Mailbox) -> None:
    """A group whose entry ids take 15,000 bytes is refused, at creation and when members are appended."""
    size = 24 + 2 * (len("u000@example.com") * 2 + len("SMTP") + 3)
    fitting = 14_999 // size
    people = [person(f"u{number:03}@example.com") for number in range(fitting + 1)]

    item = group(mailbox, *people[:fitting])
    answer = mailbox.call(create("DistributionList", f"<t:Members>{''.join(people)}</t:Members>", folder="contacts"))
    more = update(mailbox, item, add("DistributionList", field(MEMBERS), f"<t:Members>{people[-1]}</t:Members>"))

    assert answer.codes == more.codes == ["ErrorDataSizeLimitExceeded"]
    assert len(told(mailbox, item)) == fitting


def test_an_ex_member_of_the_organization_is_told_with_its_smtp_address(
    own_emulator: ExchangeEmulator, open_mailbox: Callable[..., Mailbox]
) -> None:
    """An EX address is resolved where the directory knows it, and kept as it is where it does not."""
    mailbox = open_mailbox(own_emulator, "owner@example.org")
    open_mailbox(own_emulator, "kim@example.org")
    (ex,) = own_emulator.ex_addresses("kim@example.org")
    old = "/o=Gone/ou=X/cn=Recipients/cn=old"
    routing = "<t:RoutingType>EX</t:RoutingType>"

    kim, gone = told(mailbox, group(mailbox, person(ex, more=routing), person(old, more=routing)))

    assert (kim["EmailAddress"], kim["RoutingType"], kim["MailboxType"]) == ("kim@example.org", "SMTP", "Mailbox")
    assert (gone["EmailAddress"], gone["RoutingType"], gone["MailboxType"]) == (old, "EX", "OneOff")


def test_a_search_returns_no_members(mailbox: Mailbox) -> None:
    """FindItem tells the name of a group and not who is in it."""
    group(mailbox, person("ann@example.com"))
    everything = find("contacts", names=["contacts:DisplayName"]).replace("IdOnly", "AllProperties")

    found = mailbox.call(everything).ok().one(".//t:DistributionList")

    assert "Members" not in names(found)
    assert found.findtext("{*}DisplayName") == "Team"


def test_public_groups_are_expanded_by_address_alias_and_name(
    own_emulator: ExchangeEmulator, open_mailbox: Callable[..., Mailbox]
) -> None:
    """ExpandDL finds a group of the directory by each of its names; one that nobody knows has no results."""
    mailbox = open_mailbox(own_emulator, "kim@example.org")
    own_emulator.add_group("sales@example.org", name="All of Sales", members=["kim@example.org", "guest@example.com"])
    (ex,) = own_emulator.ex_addresses("sales@example.org")

    for one in ("sales@example.org", "sales", "All of Sales", ex):
        answer = expand(mailbox, f"<t:EmailAddress>{one}</t:EmailAddress>").ok()
        assert answer.texts(".//t:MailboxType") == ["Mailbox", "OneOff"]
        assert answer.texts(".//t:EmailAddress") == ["kim@example.org", "guest@example.com"]
    assert expand(mailbox, "<t:EmailAddress>nobody</t:EmailAddress>").codes == ["ErrorNameResolutionNoResults"]


def test_the_example_of_the_page_expand_dl(mailbox: Mailbox) -> None:
    """The answers on the page "ExpandDL operation", element by element, a success and an error."""
    item = group(mailbox, person("ann@example.com", "Ann"), person("bob@example.com", "Bob"))

    expanded = expand(mailbox, item).ok().messages[0]
    refused = expand(mailbox, "<t:EmailAddress>TheDistributionList</t:EmailAddress>").messages[0]

    member_ = [f"/ExpandDLResponseMessage/DLExpansion/Mailbox{path}" for path in (
        "", "/Name", "/EmailAddress", "/RoutingType", "/MailboxType")]  # fmt: skip
    assert list(paths(expanded)) == [
        "/ExpandDLResponseMessage@ResponseClass", "/ExpandDLResponseMessage/ResponseCode",
        "/ExpandDLResponseMessage/DLExpansion@IncludesLastItemInRange@TotalItemsInView", *member_, *member_,
    ]  # fmt: skip
    assert expanded[1].get("TotalItemsInView") == "2"
    assert names(refused) == ["MessageText", "ResponseCode", "DescriptiveLinkKey"]


def test_what_is_no_group_is_not_expanded(mailbox: Mailbox) -> None:
    """ExpandDL of a contact, or of a name alone, is refused."""
    ann = contact(mailbox, entries("EmailAddresses", {"EmailAddress1": "ann@example.com"}))

    assert expand(mailbox, ann).codes == ["ErrorInvalidItemForOperationExpandDL"]
    assert expand(mailbox, "<t:Name>Ann</t:Name>").codes == ["ErrorInvalidMailbox"]
