"""Draws contacts with every field that Google has of people, odd ones, and labels that overlap."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

from tests.servers.google.truth.people import Date, Label, Person, Place, Typed, Work

NAMES = ("Ann", "Bülent", "Çağla", "Dmitrij", "Εύα", "Fatoumata", "Gísli", "花子", "Ιωάννης", "José María", "محمد",
         "Łucja")
FAMILIES = ("Adeyemi", "Nowak", "O'Neill", "von der Heide", "山田", "Núñez", "Öztürk", "Smith", "Ó Súilleabháin",
            "de Groot")
PHONES = ("home", "work", "mobile", "homeFax", "workFax", "otherFax", "pager", "workMobile", "workPager", "main",
          "googleVoice", "other")
MANY = 300      # members of the largest label
LARGE, EMPTY, TWIN = "Everybody of the choir", "Nobody", "Résumé"


def picture(number: int) -> bytes:
    """A small PNG, another one for each number."""
    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    pixels = b"".join(b"\0" + bytes([(number * 37 + x * y) % 256 for x in range(24)]) for y in range(8))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(pixels)) + part(b"IEND", b"")


def mail(name: str, type_: str = "") -> Typed:
    """An address of its own."""
    return Typed(f"{name}@example.net", type_)


def full() -> Person:
    """Somebody of whom everything is known that one field each of Exchange can hold."""
    return Person(
        key="full", given="Augusta", middle="Ada", family="King", prefix="Dr.", suffix="III",
        phonetic=("Oguhsta", "Kingu"), nicknames=("Ada",),
        mails=(mail("ada.home", "home"), mail("ada.work", "work"), mail("ada.other", "other")),
        phones=(Typed("+49 30 1001", "home"), Typed("+49 30 1002", "work"), Typed("+49 170 1003", "mobile"),
                Typed("+49 30 1004", "homeFax"), Typed("+49 30 1005", "workFax"), Typed("+49 30 1006", "pager"),
                Typed("+49 30 1007", "other"), Typed("+49 30 1008", "otherFax"), Typed("+49 30 1009", "main")),
        places=(Place("home", "Hauptstraße 1", "Köln", "NRW", "50667", "Germany"),
                Place("work", "1 Main St", "Springfield", "IL", "62701", "USA"),
                Place("other", "Rue de la Paix 2", "Paris", "", "75002", "France")),
        works=(Work("Analytical Engines Ltd", "Chief Countess", "Computing", "Room 12"),), birthday=(1975, 12, 10),
        dates=(("anniversary", (2001, 7, 8)),),
        relations=(Typed("William", "spouse"), Typed("Mary S.", "assistant"), Typed("Charles", "manager"),
                   Typed("Byron", "child")),
        pages=(Typed("https://ada.example.net/", "work"),), chats=(("jabber", "ada@jabber.example.net"),),
        note="Met in London.\nLikes 🧮 engines.", own=(("Shoe size", "38"), ("Größe", "1,70 m")), photo=picture(1),
    )


def overfull() -> Person:
    """Somebody of whom more is known than Exchange has fields for."""
    return Person(
        key="overfull", given="Max", family="Overfull", nicknames=("Maxi", "Maxo"),
        mails=tuple(mail(f"max.{number}", kind) for number, kind in enumerate(
            ("home", "work", "work", "other", "my own label", ""))),
        phones=tuple(Typed(f"+1 555 20{number:02}", kind) for number, kind in enumerate(
            (*PHONES, "home", "home", "work", "work", "mobile", "mobile", "my own label"))),
        places=(Place("home", "A 1", "Aachen"), Place("home", "B 2", "Bonn"), Place("work", "C 3", "Celle"),
                Place("summer", "D 4", "Deal", box="PO 5", more="c/o E")),
        works=(Work("First Inc", "First title"), Work("Second Inc", "Second title", "Second department", job="Paints")),
        dates=(("anniversary", (None, 5, 6)), ("other", (2010, 1, 2)), ("first meeting", (2011, 2, 3))),
        relations=(Typed("Una", "sister"), Typed("Vic", "spouse"), Typed("Wim", "partner"), Typed("Xia", "child"),
                   Typed("Yan", "child"), Typed("Zoe", "referredBy")),
        pages=(Typed("https://one.example.net/", "homePage"), Typed("https://two.example.net/", "blog"),
               Typed("https://three.example.net/", "my own")),
        chats=(("jabber", "max.j"), ("skype", "max.s"), ("qq", "max.q"), ("my own", "max.o")),
        note="Notes of Max.", more=(("occupations", "Painter"), ("interests", "Chess"), ("externalIds", "K-4711"),
                                    ("miscKeywords", "a keyword"),
                                    ("locations", "Desk 7"), ("sipAddresses", "sip:max@example.net"),
                                    ("calendarUrls", "https://cal.example.net/max")),
    )


def odd() -> Iterator[Person]:
    """One of each that is easily lost."""
    yield Person(key="empty")
    yield Person(key="only a note", note="Nobody knows who this is.")
    yield Person(key="only a mail", mails=(mail("nameless"),))
    yield Person(key="only a phone", phones=(Typed("112", "mobile"),))
    yield Person(key="only a company", works=(Work("Bäckerei Süß"),))
    yield Person(key="no year", given="No", family="Year", birthday=(None, 2, 29))
    yield Person(key="29 February", given="Leap", family="Day", birthday=(1992, 2, 29))
    yield Person(key="long ago", given="Long", family="Ago", birthday=(1899, 1, 1))
    yield Person(key="in words", given="In", family="Words", birthday_text="around midsummer")
    for number in (1, 2):
        yield Person(key=f"twin {number}", given="Twin", family="Same", mails=(mail("twin"),), note="the same")
    yield Person(key="one name", given="Madonna")
    yield Person(key="phonetic", given="花子", family="山田", phonetic=("はなこ", "やまだ"), mails=(mail("hanako"),))
    yield Person(key="emoji", given="🦄", family="Einhorn", note="𝔘 and 🂡", mails=(mail("unicorn"),))
    yield Person(key="marked up", given="<b>Bold</b>", family="A & B", note="1 < 2 & \"3\"")
    yield Person(key="long", given="G" * 200, family="Long", note="Words and words. " * 2_000)
    yield Person(key="starred", given="Stella", mails=(mail("stella"),), starred=True)
    yield Person(key="four mails", given="Vera", family="Viermal",
                 mails=tuple(mail(f"vera{number}", "home") for number in range(4)))
    yield Person(key="photo", given="Photo", family="Graph", photo=picture(2), mails=(mail("photo"),))
    yield Person(key="lines", given="Lines", places=(Place("home", "Line 1\nLine 2\nLine 3", "Town"),))
    yield Person(key="upper", given="Upper", mails=(Typed("Upper.Case@Example.NET", "work"),))


def _date(chance: random.Random) -> Date:
    return (chance.choice((None, chance.randrange(1930, 2015))), chance.randrange(1, 13), chance.randrange(1, 29))


def _drawn(chance: random.Random, number: int) -> Person:
    """Somebody of whom some things are known."""
    whole = full()
    person = Person(key=f"drawn {number}", given=chance.choice(NAMES), family=f"{chance.choice(FAMILIES)} {number}",
                    mails=tuple(mail(f"p{number}.{which}", chance.choice(("home", "work", "other")))
                                for which in range(chance.choice((0, 1, 1, 1, 2, 3, 5)))))
    phones = tuple(Typed(f"+44 {number:04} {which}", chance.choice(PHONES)) for which in range(chance.randrange(4)))
    known = {name: getattr(whole, name) for name in (
        "middle", "prefix", "suffix", "places", "works", "dates", "relations", "pages", "chats")
        if chance.random() < 0.25}
    return replace(person, phones=phones, note=chance.choice(("", f"Note {number}")),
                   birthday=chance.choice((None, _date(chance))),
                   photo=picture(number) if chance.random() < 0.1 else b"", **known)


def people(chance: random.Random, many: int) -> list[Person]:
    """So many contacts, every kind among them."""
    found = [full(), overfull(), *odd()]
    return found + [_drawn(chance, number) for number in range(many - len(found))]


def labels(chance: random.Random, members: list[Person], largest: int = MANY) -> list[Label]:
    """Fifteen labels: empty, overlapping, large, not ASCII, twins but for their accents."""
    keys = [one.key for one in members]

    def some(number: int) -> tuple[str, ...]:
        return tuple(chance.sample(keys, min(number, len(keys))))

    found = [Label(EMPTY), Label(LARGE, some(largest)), Label("Resume", some(5)), Label(TWIN, some(6)),
             Label("Freunde & Ähnliche", ("full", "overfull", "empty", "only a phone")), Label("家族 👨‍👩‍👧", some(4)),
             Label("a, b; c", some(3)), Label("one alone", ("four mails",)), Label("twins", ("twin 1", "twin 2")),
             Label("nobody with an address", ("empty", "only a phone", "only a note"))]
    return found + [Label(f"Label {number}", some(8)) for number in range(15 - len(found))]


def labelled(members: list[Person], all_labels: list[Label]) -> list[Person]:
    """The same people, who know the names of their labels."""
    return [replace(one, labels=tuple(label.name for label in all_labels if one.key in label.members))
            for one in members]
