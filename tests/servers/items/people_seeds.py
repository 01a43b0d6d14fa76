"""Contacts as old mailboxes hold them: every field of the schema, six writing systems, and what is odd."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count
from xml.sax.saxutils import quoteattr

from emulators.exchange.fragments import fragment
from emulators.exchange.people import names, vcard
from emulators.exchange.schema import find_schema
from emulators.exchange.soap import local, text
from tests.servers.items.seeds import (
    ADDRESS,
    COMMON,
    SCRIPTS,
    TASK,
    File,
    Seed,
    Value,
    body,
    named,
    strings,
    told,
    users_fields,
)
from tests.servers.items.vcards import VCARDS

HOLDERS = ("EmailAddresses", "ImAddresses", "PhoneNumbers", "PhysicalAddresses")
PHONES = (
    "AssistantPhone",
    "BusinessFax",
    "BusinessPhone",
    "BusinessPhone2",
    "Callback",
    "CarPhone",
    "CompanyMainPhone",
    "HomeFax",
    "HomePhone",
    "HomePhone2",
    "Isdn",
    "MobilePhone",
    "OtherFax",
    "OtherTelephone",
    "Pager",
    "PrimaryPhone",
    "RadioPhone",
    "Telex",
    "TtyTddPhone",
)
LATER_PHONES = ("BusinessMobile", "IPPhone")  # since 2016 (MS-OXWSCONT_R1275106, R1275108)
MAPPINGS = ("None", *names.MAPPINGS)
PICTURE = File("ContactPicture.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20 + b"\xff\xd9", "image/jpeg", True)
LARGE_PICTURE = replace(PICTURE, content=b"\xff\xd8\xff\xe0" + bytes(range(251)) * 1_500 + b"\xff\xd9")
# Of what Outlook shows of a contact and no element says: its path, and what it holds ([MS-OXPROPS]).
BESIDE: Mapping[str, Value] = {
    "tag:0x3a43": ("String", "Chess & go"),  # PidTagHobbies
    "tag:0x3a07": ("String", "ID-77"),  # PidTagGovernmentIdNumber
    "tag:0x3a4a": ("String", "C 12"),  # PidTagCustomerId
    "tag:0x3a47": ("String", "Mallory"),  # PidTagReferredByName
    "tag:0x3a50": ("String", "http://home.example.net/"),  # PidTagPersonalHomePage
    "tag:0x3a4c": ("String", "ftp://ftp.example.net/"),  # PidTagFtpSite
    "tag:0x3a49": ("String", "PC-9"),  # PidTagComputerNetworkName
    "tag:0x3a0c": ("String", "Łódź"),  # PidTagLanguage
    "tag:0x3a0d": ("String", "Second floor"),  # PidTagLocation
    "tag:0x3a00": ("String", "account 5"),  # PidTagAccount
    "tag:0x3a10": ("String", "org 6"),  # PidTagOrganizationalIdNumber
    "tag:0x3a4d": ("Short", "1"),  # PidTagGender
    named(ADDRESS, 0x802E): ("String", "カイシャ"),  # PidLidYomiCompanyName
    **{named(ADDRESS, 0x804F + place): ("String", f"User field {place + 1}") for place in range(4)},
    named(ADDRESS, 0x80D8): ("String", "http://free.example.net/busy"),  # PidLidFreeBusyLocation
    named(COMMON, 0x8535): ("String", "Bill to 9"),  # PidLidBilling
}
NAMES_BESIDE: Mapping[str, Value] = {  # what CompleteName tells, and no element sets
    "tag:0x3a45": ("String", "Dr."),
    named(ADDRESS, 0x802C): ("String", "ハナコ"),
    named(ADDRESS, 0x802D): ("String", "ヤマダ"),
}


def entries(name: str, found: Mapping[str, str]) -> dict[str, str]:
    """A dictionary of texts."""
    inner = "".join(f'<t:Entry Key="{key}">{text(value)}</t:Entry>' for key, value in found.items())
    return {name: f"<t:{name}>{inner}</t:{name}>"}


def mails(*each: tuple[str, str] | tuple[str, str, str]) -> dict[str, str]:
    """EmailAddresses: the address, the name, and the routing type of each."""
    inner = "".join(
        f'<t:Entry Key="EmailAddress{place}" Name={quoteattr(name)} RoutingType="{kind[0] if kind else "SMTP"}">'
        f"{text(address)}</t:Entry>"
        for place, (address, name, *kind) in enumerate(each, 1)
    )
    return {"EmailAddresses": f"<t:EmailAddresses>{inner}</t:EmailAddresses>"}


def places(number: int, town: str) -> dict[str, str]:
    """Three addresses."""
    inner = "".join(
        f'<t:Entry Key="{key}"><t:Street>{number} {key} Street\nBack &amp; yard</t:Street><t:City>{town}</t:City>'
        f"<t:State>S{number}</t:State><t:CountryOrRegion>{town}</t:CountryOrRegion><t:PostalCode>0{number}</t:PostalCode>"
        "</t:Entry>"
        for key in ("Business", "Home", "Other")
    )
    return {"PhysicalAddresses": f"<t:PhysicalAddresses>{inner}</t:PhysicalAddresses>"}


def called(number: int) -> tuple[str, str, str]:
    """A first name, a last name, and a town; the number makes them one person's."""
    first, last, town = SCRIPTS[number % len(SCRIPTS)]
    return first, f"{last} {number}", town


def full(number: int) -> Seed:
    """A contact with every field that Exchange 2010 knows."""
    first, last, town = called(number)
    elements = told(
        FileAs=f"{last}; {first} <{number}>",
        DisplayName=f"{first} {last} (full)",
        GivenName=first,
        Initials=f"{first[:1]}.",
        MiddleName="de la",
        Nickname=f"nick {number}",
        CompanyName=f"{town} & Co.",
        AssistantName=f"Assistant {last}",
        Birthday="1971-06-05T00:00:00Z",
        BusinessHomePage="http://www.example.net/?a=1&b=2",
        Department=f"Dept. {town}",
        Generation="Jr.",
        JobTitle=f"Head of {number}",
        Manager=f"Manager {last}",
        Mileage=f"{number} km",
        OfficeLocation=f"Room {number}",
        PostalAddressIndex=("Home", "Business", "Other")[number % 3],
        Profession="Engineer",
        SpouseName=f"Spouse {last}",
        Surname=last,
        WeddingAnniversary="2001-02-28T23:30:00Z",
        Culture="pl-PL",
    )
    elements |= mails(
        (f"one{number}@example.net", f"{first} at work"),
        (f"two{number}@example.net", "Home"),
        (f"três{number}@exämple.net", f"“{last}”"),
    ) | places(number, town)
    elements |= entries("PhoneNumbers", {key: f"+48 {number} {place:02d}" for place, key in enumerate(PHONES)})
    elements |= entries(
        "ImAddresses", {f"ImAddress{place}": f"sip:{number}-{place}@example.net" for place in (1, 2, 3)}
    )
    elements |= strings("Children", f"Älteste {number}", "Młodszy") | strings(
        "Companies", f"{town} & Co.", "Other Ltd."
    )
    elements |= body(f"<html><body><p>{last} &amp; <b>{town}</b></p></body></html>", "HTML")
    return Seed(
        f"{first} {last} (full)",
        "Contact",
        elements,
        {**BESIDE, **NAMES_BESIDE},
        files=(PICTURE,),
        categories=("Red", "Ü & ö"),
        sensitivity="Private",
        importance="High",
    )


@lru_cache
def known_words() -> frozenset[str]:
    """The names and values of the schema that the emulator has: one of 2013 lacks what came later."""
    return frozenset(re.findall(r'(?:name|value)="(\w+)"', (find_schema() / "types.xsd").read_text("utf-8-sig")))


def newest(number: int) -> Seed:
    """The same with what came later (MS-OXWSCONT 2.2.4.3, Appendix B), as far as the schema has it."""
    one = full(number)
    urls = "".join(
        f"<t:Url><t:Type>{kind}</t:Type><t:Name>{kind}</t:Name><t:Address>http://{kind}.example.net/{number}"
        "</t:Address></t:Url>"
        for kind in ("Personal", "Business")
    )
    later = told(
        Comment=f"Comment {number}",
        ContactType="Person",
        Gender="Female",
        Cid=str(number),
        SkypeId=f"live:{number}",
        SkypeAuthCertificate="certificate",
        YomiNickname="ニック",
        IsAutoUpdateDisabled="true",
        DisplayName=f"{one.name} newest",
    )
    later |= entries(
        "PhoneNumbers",
        {key: f"+1 {place}" for place, key in enumerate((*PHONES, *LATER_PHONES)) if key in known_words()},
    ) | {"Urls": f"<t:Urls>{urls}</t:Urls>"}
    return replace(
        one,
        name=f"{one.name} newest",
        since="Exchange2016",
        files=(LARGE_PICTURE,),
        elements={**one.elements, **{name: value for name, value in later.items() if name in known_words()}},
    )


def filed() -> Iterator[Seed]:
    """One for each way to be filed, in a folder or below one."""
    for number, mapping in enumerate(MAPPINGS):
        first, last, town = called(number)
        elements = told(
            GivenName=first,
            Surname=last,
            MiddleName="M.",
            Generation="III",
            CompanyName=f"{town} AG",
            FileAsMapping=mapping,
        )
        yield Seed(
            f"{first} M. {last} III", "Contact", elements, place=("Contacts", "Friends", f"Of {town}")[: number % 3 + 1]
        )


def odd(known: str, unknown: str) -> list[Seed]:
    """What is unusual; `known` is an EX address of the directory, `unknown` one that nobody knows any more."""
    inner = '<t:Message><t:Subject>Kept for her</t:Subject><t:Body BodyType="Text">Dear Ann\r\n</t:Body></t:Message>'
    return [
        Seed("", "Contact"),
        Seed("(no name)", "Contact", mails(("alone@example.net", "alone"))),
        Seed("(a company)", "Contact", told(CompanyName="Only & Co.", FileAsMapping="Company")),
        Seed("huge notes", "Contact", told(DisplayName="huge notes") | body("Zażółć gęślą jaźń. " * 20_000)),
        Seed(
            "HTML notes", "Contact", told(DisplayName="HTML notes") | body(f"<div>{'<p>жук</p>' * 9_000}</div>", "HTML")
        ),
        Seed(
            "lines", "Contact", told(DisplayName="lines", CompanyName="two\nlines\tand a tab") | body("a\r\nb\n\n  c ")
        ),
        Seed("l" * 250, "Contact", told(DisplayName="l" * 250, GivenName="g" * 3_000)),
        Seed("EX known", "Contact", told(DisplayName="EX known") | mails((known, "Bob", "EX"), ("x@example.net", "X"))),
        Seed(
            "EX unknown",
            "Contact",
            told(DisplayName="EX unknown") | mails(("first@example.net", "First"), (unknown, "Dave", "EX")),
        ),
        Seed(
            "third mail alone",
            "Contact",
            told(DisplayName="third mail alone")
            | {
                "EmailAddresses": '<t:EmailAddresses><t:Entry Key="EmailAddress3" Name="Three" RoutingType="SMTP">'
                "three@example.net</t:Entry></t:EmailAddresses>"
            },
        ),
        Seed(
            "photo and files",
            "Contact",
            told(DisplayName="photo and files"),
            files=(PICTURE, File("card.pdf", b"%PDF-1.4 card", "application/pdf"), File("ł ó.bin", bytes(70_000))),
        ),
        Seed(
            "an attached message",
            "Contact",
            told(DisplayName="an attached message"),
            files=(File("Kept for her", item=inner),),
        ),
        Seed(
            "users’ fields",
            "Contact",
            told(DisplayName="users’ fields"),
            users_fields("Customer number", "Score", "Топливо"),
        ),
        Seed(
            "all users’ fields",
            "Contact",
            told(DisplayName="all users’ fields"),
            users_fields("Customer number", "Score", "Is a member", "Member since", "Children's ages", "Топливо"),
        ),
        Seed("another subject", "Contact", told(DisplayName="John") | {"SubjectGiven": "1"}),
        Seed(
            "flagged",
            "Contact",
            told(DisplayName="flagged"),
            # PidLidTaskStartDate, PidLidTaskDueDate, PidLidFlagRequest ([MS-OXOFLAG] 2.2).
            {
                named(TASK, 0x8104): ("SystemTime", "2030-01-02T00:00:00Z"),
                named(TASK, 0x8105): ("SystemTime", "2030-01-03T00:00:00Z"),
                named(COMMON, 0x8530): ("String", "Call her"),
            },
            flag={"FlagStatus": "Flagged"},
        ),
        Seed("born in 1604", "Contact", told(DisplayName="born in 1604", Birthday="1604-02-29T11:59:00Z")),
        Seed("a form of our own", "Contact", told(DisplayName="a form of our own"), item_class="IPM.Contact.Customer"),
        Seed("in the bin", "Contact", told(DisplayName="in the bin"), place=("Deleted Items", "Old friends")),
        Seed("twin", "Contact", told(DisplayName="twin", CompanyName="the one")),
        Seed("twin ", "Contact", told(DisplayName="twin", CompanyName="the one")),
        Seed("spaces", "Contact", told(DisplayName="  spaces  ", GivenName=" ", Surname="  s ")),
    ]


def of_vcards(cards: Iterable[bytes] = VCARDS) -> Iterator[Seed]:
    """What other programs have written, as the server took it ([MS-OXVCARD]); what it takes for no card is left out."""
    for number, raw in enumerate(cards):
        element = vcard.contact(raw)
        if element is None:
            continue
        for empty in [one for one in element.iter("{*}Entry") if not one.text and not len(one)]:
            empty.getparent().remove(empty)     # no server keeps an entry without a value
        for holder in [one for one in element if local(one) in HOLDERS and not len(one)]:
            element.remove(holder)
        found = {
            local(one): fragment(one)
            for one in element
            if local(one) not in ("ExtendedProperty", "Categories", "Sensitivity")
        }
        categories = [one.text or "" for one in element.iterfind("{*}Categories/{*}String")]
        yield Seed(
            f"vCard {number}",
            "Contact",
            found,
            categories=categories,
            place=("Contacts", "vCards"),
            sensitivity=element.findtext("{*}Sensitivity") or "Normal",
        )


def several(number: int) -> Seed:
    """A contact with some of the fields, other ones than its neighbours have."""
    first, last, town = called(number)
    parts: Sequence[Callable[[], Mapping[str, str]]] = (
        lambda: mails((f"p{number}@example.net", f"{first} {last}")),
        lambda: places(number, town),
        lambda: entries("PhoneNumbers", {PHONES[number % 19]: str(number), PHONES[(number + 7) % 19]: "2"}),
        lambda: told(CompanyName=town, JobTitle=f"job {number}"),
        lambda: strings("Children", first, last),
        lambda: body(f"notes on {last}\n" * (number % 40)),
        lambda: told(Birthday=f"19{10 + number % 90}-03-31T22:00:00Z"),
    )
    elements: dict[str, str] = told(GivenName=first, Surname=last)
    for place, part in enumerate(parts):
        if number >> place & 1:
            elements |= part()
    return Seed(
        f"{first} {last}",
        "Contact",
        elements,
        files=(PICTURE,) if number % 9 == 0 else (),
        categories=("Red",) * (number % 2),
        place=(("Contacts",), ("Contacts", "Work"))[number % 2],
    )


def contacts(known: str, unknown: str, most: int = 300) -> list[Seed]:
    """All of them, `most` in sum."""
    found = [
        *(full(number) for number in range(7)),
        *(newest(number) for number in range(7, 14)),
        *filed(),
        *odd(known, unknown),
        *of_vcards(),
    ]
    return [*found, *(several(number) for number, _ in zip(count(100), range(most - len(found)), strict=False))]


def sample(known: str, unknown: str) -> list[Seed]:
    """One of each kind."""
    return [full(0), full(3), newest(8), *[*filed()][::6], *odd(known, unknown), *[*of_vcards()][::5]]


# Folders that are no address book of anybody: by their names ("Distinguished folders", DistinguishedFolderId).
CACHES: Sequence[tuple[str, ...]] = (
    ("Contacts", "Recipient Cache"),
    ("Contacts", "GAL Contacts"),
    ("Contacts", "Companies"),
    ("Contacts", "Organizational Contacts"),
    ("Contacts", "PeopleCentricConversation Buddies"),
    ("Contacts", "{06967759-274D-40B2-A3EB-D7F9E73727D7}"),
    ("Contacts", "{A9E2BC46-B3A0-4243-B315-60D991004455}"),
    ("ExternalContacts",),
    ("PersonMetadata",),
    ("Suggested Contacts",),
)


def caches() -> list[Seed]:
    """A contact and a group in each folder that never moves."""
    return [
        one
        for number, place in enumerate(CACHES)
        for one in (
            Seed(f"never {number}", "Contact", told(DisplayName=f"never {number}"), place=place),
            Seed(
                f"never a group {number}", "DistributionList", told(DisplayName=f"never a group {number}"), place=place
            ),
        )
    ]
