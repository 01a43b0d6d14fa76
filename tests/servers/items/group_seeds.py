"""Contact groups as old mailboxes hold them: nested, in a circle, very large, with members who are gone."""

from __future__ import annotations

from tests.servers.items.people_seeds import mails
from tests.servers.items.seeds import Member, Seed, body, told

LIMIT = 15_000  # bytes of members together ([MS-OXOCNTC] 2.2.2.2.1)
FEW, MANY, TOO_MANY = 5, 500, 130
# People whom groups refer to.
PEOPLE = ("Zofia", "Борис", "ديمة", "ハル")


def people() -> list[Seed]:
    """Contacts with an address, of whom groups have members; the first has two."""
    return [
        Seed(
            name,
            "Contact",
            told(DisplayName=name)
            | mails(
                (f"p{number}@example.net", name), *([("p0-home@example.net", f"{name} at home")] if not number else [])
            ),
            place=(("Contacts",), ("Contacts", "Work"))[number % 2],
        )
        for number, name in enumerate(PEOPLE)
    ]


def alone(address: str, name: str = "") -> Member:
    """A member by address."""
    return Member(name or address, address)


def contact(name: str, address: str = "") -> Member:
    """A member that is a contact, by its first address or another one."""
    return Member(name, address or f"p{PEOPLE.index(name)}@example.net", "SMTP", "Contact", of=name)


def nested(name: str) -> Member:
    """A member that is a group of the same mailbox."""
    return Member(name, "", "MAPIPDL", "PrivateDL", of=name)


def group(name: str, *members: Member, **more: object) -> Seed:
    """A group."""
    return Seed(
        name, "DistributionList", told(DisplayName=name) | dict(more.pop("elements", {})), members=members, **more
    )  # type: ignore[call-overload, arg-type]  # the rest of a seed


def groups(known: str, unknown: str, many: int = MANY) -> list[Seed]:
    """Twenty of them, and whom they refer to; `known` is an EX address of the directory, `unknown` of nobody."""
    return [
        *people(),
        # Named so that those who sort by name meet the outermost first.
        group("a top", nested("b middle"), alone("top@example.net", "Top")),
        group("b middle", nested("c leaf"), contact("Борис")),
        group("c leaf", contact("Zofia"), alone("leaf@example.net")),
        group("circle one", nested("circle two"), alone("one@example.net")),
        group("circle two", nested("circle three"), alone("two@example.net")),
        group("circle three", nested("circle one"), alone("three@example.net")),
        group("itself", nested("itself"), alone("self@example.net")),
        group(
            "mixed",
            contact("Zofia"),
            contact("Zofia", "p0-home@example.net"),
            contact("ハル"),
            nested("c leaf"),
            alone("mixed@example.net", "Łódź & <co>"),
            Member("Bob", known, "EX", "Mailbox"),
            place=("Contacts", "Work"),
            categories=("Red", "Ü & ö"),
            sensitivity="Private",
            importance="High",
            elements=body("<p>notes on it</p>", "HTML") | told(FileAs="Filed elsewhere"),
        ),
        group(
            "from the directory",
            Member("bob", "bob@example.org", "SMTP", "Mailbox"),
            Member("All hands", "hands@example.org", "SMTP", "PublicDL"),
        ),
        group("gone from the directory", Member("Dave", unknown, "EX", "Mailbox"), alone("stays@example.net")),
        group(
            "of a deleted contact",
            Member("Erin", "erin@example.net", "SMTP", "Contact", gone=True),
            alone("stays@example.net"),
        ),
        group(
            "of a deleted group", Member("Old team", "", "MAPIPDL", "PrivateDL", gone=True), alone("stays@example.net")
        ),
        group(
            "twice",
            alone("twice@example.net", "Twice"),
            alone("twice@example.net", "Twice"),
            alone("twice@example.net", "Another name"),
        ),
        group("empty"),
        group("empty with notes", elements=body("nobody yet") | told(FileAs="nobody")),
        group("large", *(alone(f"m{number}@example.net") for number in range(many))),
        group(
            "too large",
            *(
                alone(f"person-{number:04d}@department.example.net", f"Person {number} of a long name")
                for number in range(TOO_MANY)
            ),
            contact("ديمة"),
            nested("c leaf"),
        ),
        # Somebody has taken the address of a contact away; the member has its own copy ([MS-OXOCNTC] 2.2.2.2.2).
        Seed("Nadia", "Contact", told(DisplayName="Nadia")),
        group(
            "of a contact without an address",
            Member("Nadia", "nadia@example.net", "SMTP", "Contact", of="Nadia"),
            alone("stays@example.net"),
        ),
        group("another routing", Member("Fax", "+48 123", "FAX", "OneOff"), alone("stays@example.net")),
        group("same name", alone("first@example.net"), place=("Contacts", "Work")),
        group("same name ", alone("second@example.net"), elements=told(DisplayName="same name")),
    ]


def sample(known: str, unknown: str) -> list[Seed]:
    """The same, the largest with fewer members."""
    return groups(known, unknown, FEW)

