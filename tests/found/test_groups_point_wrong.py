"""Contact groups that lose members later."""

from __future__ import annotations

from pathlib import Path

from engine.migration.content import Content
from tests.servers.group_seeds import alone, group
from tests.servers.item_seeds import Seed, told
from tests.servers.items_moving import End, Moving, moving
from tests.servers.people_seeds import mails

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


def test_a_part_of_a_large_group_that_is_gone(tmp_path: Path) -> None:
    """A later run does not count the group as there: it completes or names it."""
    large = [alone(f"person-{number:04d}@department.example.net", f"Person {number} of a name") for number in range(130)]
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
