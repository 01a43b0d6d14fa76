"""Contact groups reach, at the destination, whom they reached at the source."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange import Fault
from engine.migration.content import Content
from tests.servers.items.group_seeds import alone, group, nested
from tests.servers.items.moving import End, Moving, moving
from tests.servers.items.people_seeds import mails
from tests.servers.items.seeds import ADDRESS, Member, Seed, named, told

FIRST = '<t:IndexedFieldURI FieldURI="contacts:EmailAddress" FieldIndex="EmailAddress1"/>'
GONE = "/o=Gone/ou=Exchange/cn=Recipients/cn=dave"


def person(name: str, *addresses: str) -> Seed:
    """A contact with those addresses."""
    return Seed(name, "Contact", told(DisplayName=name) | mails(*((one, name) for one in addresses)))


def mail(address: str) -> tuple[str, str]:
    """The change that gives a contact another first address."""
    return FIRST, f'<t:EmailAddresses><t:Entry Key="EmailAddress1">{address}</t:Entry></t:EmailAddresses>'


def refers(item: str, address: str) -> str:
    """The inside of a Mailbox that is a contact by that address."""
    return f'<t:EmailAddress>{address}</t:EmailAddress><t:ItemId Id="{item}"/>'


def make_group(end: End, name: str, *mailboxes: str) -> str:
    """A group of the owner's; its id."""
    made = end.create("DistributionList", "contacts", f"<t:DisplayName>{name}</t:DisplayName>")
    for one in mailboxes:
        end.append(
            "DistributionList", made, "distributionlist:Members",
            f"<t:Members><t:Member><t:Mailbox>{one}</t:Mailbox></t:Member></t:Members>",
        )
    return made


def only(at: Moving, kind: str, name: str, *, old: bool = False) -> str:
    """The id of the one item of that name."""
    [found] = (at.there if old else at.here).named(kind)[name]
    return found


def test_a_member_whose_contact_has_another_address_at_the_source_by_now(tmp_path: Path) -> None:
    """The contact was copied by an earlier run and stays as it was; the new group still reaches whom it reached."""
    with moving(tmp_path, [person("Ann", "before@example.net")]) as at:
        at.migrate()
        ann = only(at, "Contact", "Ann", old=True)
        at.old.update("Contact", ann, mail("now@example.net"))
        make_group(at.old, "team", refers(ann, "now@example.net"))
        done = at.migrate()

        said = [line for line in at.said(done) if "team" in line]
        assert at.here.expanded()["team"] == {"now@example.net"} or said, at.here.expanded()


def test_members_that_are_two_contacts_of_one_folder_of_which_one_was_copied_from_the_other(tmp_path: Path) -> None:
    """Both have one search key ([MS-OXCPRPT] 2.2.1.9); each group has the one that it had."""
    with moving(tmp_path, [person("Ann", "ann@example.net")]) as at:
        ann = only(at, "Contact", "Ann", old=True)
        at.old.call(
            '<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="contacts"/></m:ToFolderId>'
            f'<m:ItemIds><t:ItemId Id="{ann}"/></m:ItemIds></m:CopyItem>'
        )
        [eve] = set(at.there.named("Contact")["Ann"]) - {ann}
        at.old.update("Contact", eve, ("contacts:DisplayName", "<t:DisplayName>Eve</t:DisplayName>"),
                      mail("eve@example.net"))
        make_group(at.old, "of Ann", refers(ann, "ann@example.net"))
        make_group(at.old, "of Eve", refers(eve, "eve@example.net"))
        there = at.there.expanded()
        at.migrate()

        assert at.here.expanded() == there


def test_a_member_whose_contact_has_an_address_of_mail_noted_is_not_said_to_be_unknown(tmp_path: Path) -> None:
    """Outlook has noted it beside the contact, which arrives with it, and so does the member; nothing is lacking.

    A rollback takes the group, which nobody has changed.
    """
    entry = f'<t:Entry Key="EmailAddress1" Name="Dave" RoutingType="EX">{GONE}</t:Entry>'
    addresses = {"EmailAddresses": f"<t:EmailAddresses>{entry}</t:EmailAddresses>"}
    dave = Seed(
        "Dave", "Contact", told(DisplayName="Dave") | addresses,
        {named(ADDRESS, 0x8084): ("String", "dave@gone.example")},
    )
    with moving(tmp_path, [dave, group("team", Member("Dave", GONE, "EX", "Contact", of="Dave"))]) as at:
        done = at.migrate()
        said = at.said(done)
        assert at.here.expanded()["team"] == {"dave@gone.example"}
        back = at.at.roll_back(done.task_id)

        assert said == []
        assert back.rollback is not None
        assert (back.rollback.removed, back.rollback.kept) == (2, 0), at.said(back)


def test_a_contact_that_its_new_owner_moves_while_groups_are_made(tmp_path: Path) -> None:
    """The group is there after the run, with the contact or with the address."""
    with moving(tmp_path, [person("Ann", "ann@example.net"), group("team", alone("x@example.net"),
                Member("Ann", "ann@example.net", "SMTP", "Contact", of="Ann"))]) as at:
        at.at.emulator.add_fault(Fault(
            operation="CreateItem", nth=2, action="owner", name="Ann", act="move", path=("Deleted Items",)
        ))
        done = at.migrate()
        at.at.emulator.clear_faults()

        assert at.here.expanded().get("team") == {"ann@example.net", "x@example.net"}, at.said(done)


def test_nested_groups_stay_nested_groups(tmp_path: Path) -> None:
    """The world of these tests works: what is ordinary passes."""
    with moving(tmp_path, [group("outer", nested("inner")), group("inner", alone("x@example.net"))]) as at:
        there = at.there.expanded()
        at.migrate()

        assert at.here.expanded() == there


def test_groups_of_which_one_was_copied_from_the_other(tmp_path: Path) -> None:
    """Both have one search key; whoever contains one of them reaches the members of that one."""
    with moving(tmp_path, [group("first", alone("x@example.net"))]) as at:
        first = only(at, "DistributionList", "first", old=True)
        at.old.call(
            '<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="contacts"/></m:ToFolderId>'
            f'<m:ItemIds><t:ItemId Id="{first}"/></m:ItemIds></m:CopyItem>'
        )
        [second] = set(at.there.named("DistributionList")["first"]) - {first}
        at.old.update("DistributionList", second, ("contacts:DisplayName", "<t:DisplayName>second</t:DisplayName>"))
        at.old.append(
            "DistributionList", second, "distributionlist:Members",
            "<t:Members><t:Member><t:Mailbox><t:EmailAddress>y@example.net</t:EmailAddress></t:Mailbox></t:Member></t:Members>",
        )
        make_group(at.old, "of the first", f'<t:ItemId Id="{first}"/>')
        make_group(at.old, "of the second", f'<t:ItemId Id="{second}"/>')
        there = at.there.expanded()
        at.migrate()

        assert at.here.expanded() == there


def test_a_part_of_a_large_group_that_is_gone(tmp_path: Path) -> None:
    """A later run does not count the group as there: it completes or names it."""
    large = [alone(f"person-{n:04d}@department.example.net", f"Person {n} of a name") for n in range(130)]
    with moving(tmp_path, [group("large", *large)]) as at:
        at.migrate()
        at.new.delete(only(at, "DistributionList", "large (2 of 2)"))
        again = at.migrate()

        reached = set().union(*at.here.expanded().values())
        assert len(reached) == len(large) or at.said(again), at.counts(again, Content.CONTACT_GROUPS)


def test_a_rollback_says_so_where_the_owners_own_group_loses_those_of_a_migrated_one(tmp_path: Path) -> None:
    """The owner has put a migrated group into a group of their own: it stays, or the report names it."""
    mine = [group("mine", alone("y@example.net"))]
    with moving(tmp_path, [group("inner", alone("x@example.net"))], mine=mine) as at:
        done = at.migrate()
        inner = only(at, "DistributionList", "inner")
        at.new.append(
            "DistributionList", only(at, "DistributionList", "mine"), "distributionlist:Members",
            f'<t:Members><t:Member><t:Mailbox><t:ItemId Id="{inner}"/></t:Mailbox></t:Member></t:Members>',
        )
        back = at.at.roll_back(done.task_id)

        assert at.here.expanded()["mine"] == {"x@example.net", "y@example.net"} or at.said(back), at.here.expanded()


def test_a_rollback_of_the_first_task_leaves_the_groups_of_the_second_whole(tmp_path: Path) -> None:
    """The second brought a group with a group of the first in it: that stays, or it is named by what it is in."""
    with moving(tmp_path, [group("inner", alone("i@example.net"))]) as at:
        first = at.migrate()
        inner = only(at, "DistributionList", "inner", old=True)
        make_group(at.old, "outer", f'<t:ItemId Id="{inner}"/>', "<t:EmailAddress>o@example.net</t:EmailAddress>")
        second = at.migrate()
        assert at.here.expanded()["outer"] == {"i@example.net", "o@example.net"}
        back = at.at.roll_back(first.task_id)

        said = [line for line in (*at.said(back), *at.said(second)) if "outer" in line]
        assert at.here.expanded()["outer"] == {"i@example.net", "o@example.net"} or said, at.here.expanded()


def reads(directory: Path, count: int) -> int:
    """How many requests the source gets for so many groups, each of which contains the next one."""
    seeds = [
        group(f"{at:03d}", alone(f"p{at}@example.net"), *([nested(f"{at + 1:03d}")] if at < count - 1 else []))
        for at in range(count)
    ]
    directory.mkdir()
    with moving(directory, seeds) as at:
        before = len(at.old.emulator.requests)
        at.migrate()
        return len(at.old.emulator.requests) - before


def test_twice_as_many_groups_in_one_another_take_twice_the_requests(tmp_path: Path) -> None:
    """Who is in a group is asked once, not again for each group around it."""
    few, many = reads(tmp_path / "few", 15), reads(tmp_path / "many", 30)

    assert many < 2.5 * few, (few, many)
