"""Filters and the vacation responder of a Gmail account, and mail that filters act on.

Each filter asks for words and addresses of its own, so that a letter meets those that it was made for and no other.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.header import Header

ME = "ann@example.org"
STRANGER = "stranger@example.com"
FORWARDED = "ben@example.net"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message to be delivered. `size`: how many characters its text has at least."""

    sender: str = STRANGER
    to: str = ME
    cc: str = ""
    subject: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    list_id: str = ""
    file: str = ""
    size: int = 0
    meets: frozenset[str] = frozenset()

    def with_(self, other: Letter) -> Letter | None:
        """One letter that has what both have; None where they contradict each other."""
        mine = {name: getattr(self, name) for name in ("sender", "to", "cc", "list_id", "file")}
        plain = {name: getattr(Letter(), name) for name in mine}
        merged = dict(mine)
        for name, value in mine.items():
            theirs = getattr(other, name)
            if value != plain[name] and theirs not in (plain[name], value):
                return None
            merged[name] = value if value != plain[name] else theirs
        return Letter(subject=self.subject + other.subject, words=self.words + other.words,
                      size=max(self.size, other.size), meets=self.meets | other.meets, **merged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter of Gmail. `ask` is its criteria as the Gmail API has them; `hits` meet it, `misses` only nearly.

    `forward` is an address to send mail on to; `said` names Gmail's own marks that it sets: IMPORTANT and the like.
    """

    name: str
    ask: Mapping[str, object]
    labels: tuple[str, ...] = ()
    archive: bool = False
    read: bool = False
    star: bool = False
    trash: bool = False
    never_spam: bool = False
    said: tuple[str, ...] = ()
    forward: str = ""
    hits: tuple[Letter, ...] = ()
    misses: tuple[Letter, ...] = ()
    small: bool = False     # a letter meets it only if it is small


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a message is at Gmail, once every filter that it meets has acted on it."""

    labels: frozenset[str] = frozenset()
    inbox: bool = True
    read: bool = False
    starred: bool = False
    trashed: bool = False
    forwarded: frozenset[str] = frozenset()


def outcome(letter: Letter, filters: Sequence[Filter]) -> Outcome:
    """What becomes of it: all filters act that it meets (https://support.google.com/mail/answer/6579)."""
    met = [one for one in filters if one.name in letter.meets]
    return Outcome(
        frozenset(label for one in met for label in one.labels),
        not any(one.archive or one.trash for one in met), any(one.read for one in met), any(one.star for one in met),
        any(one.trash for one in met), frozenset(one.forward for one in met if one.forward))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacation:
    """The vacation responder."""

    on: bool = True
    subject: str = "Away — back soon"
    text: str = ""
    html: str = ""
    contacts_only: bool = False
    domain_only: bool = False
    start: datetime | None = None
    end: datetime | None = None


def _from(number: int) -> str:
    return f"sender{number}@filters.example.com"


def _by_people() -> Iterator[Filter]:
    """Who sent it, and to whom."""
    yield Filter(name="from, archived", ask={"from": _from(1)}, labels=("Receipts",), archive=True,
                 hits=(Letter(sender=_from(1)),), misses=(Letter(sender="sender1@filters.example.net"),))
    yield Filter(name="from, labelled", ask={"from": _from(2)}, labels=("Friends",), hits=(Letter(sender=_from(2)),))
    yield Filter(name="from a domain", ask={"from": "@shop3.example.com"}, labels=("Shopping/Orders",), archive=True,
                 hits=(Letter(sender="a@shop3.example.com"), Letter(sender="b@shop3.example.com")))
    yield Filter(name="from one or the other", ask={"from": f"{_from(4)} OR {_from(44)}"}, labels=("Ünïcode Ä",),
                 hits=(Letter(sender=_from(4)), Letter(sender=_from(44))))
    yield Filter(name="from one of braces", ask={"from": f"{{{_from(5)} {_from(55)}}}"}, read=True,
                 hits=(Letter(sender=_from(5)), Letter(sender=_from(55))))
    yield Filter(name="to an address with a plus", ask={"to": "ann+shop@example.org"}, labels=("Shopping",),
                 archive=True, hits=(Letter(to="ann+shop@example.org"),))
    yield Filter(name="to a list", ask={"to": "team7@example.org"}, labels=("Team",), read=True,
                 hits=(Letter(to="team7@example.org"),))
    yield Filter(name="copied to", ask={"query": "cc:copies8@example.org"}, labels=("Copies",),
                 hits=(Letter(cc="copies8@example.org"),))


def _by_words() -> Iterator[Filter]:
    """Words of the subject and of the whole message."""
    yield Filter(name="a word", ask={"subject": "invoicenine"}, labels=("Money",), hits=(
        Letter(subject=("invoicenine",)), Letter(subject=("Your", "InvoiceNine", "is", "here"))))
    yield Filter(name="a phrase", ask={"subject": '"weekly digestten"'}, labels=("Digests",), archive=True,
                 hits=(Letter(subject=("the", "weekly", "digestten")),),
                 misses=(Letter(subject=("digestten", "weekly")),))
    yield Filter(name="two words", ask={"subject": "quarterly reporteleven"}, labels=("Reports",),
                 hits=(Letter(subject=("quarterly", "reporteleven")),), misses=(Letter(subject=("quarterly",)),))
    yield Filter(name="one word or the other", ask={"subject": "{alphatwelve betatwelve}"}, labels=("Greek",),
                 archive=True, hits=(Letter(subject=("alphatwelve",)), Letter(subject=("betatwelve",))))
    yield Filter(name="OR in parentheses", ask={"subject": "(gammathirteen OR deltathirteen)"}, labels=("Greek",),
                 hits=(Letter(subject=("gammathirteen",)), Letter(subject=("deltathirteen",))))
    yield Filter(name="words anywhere", ask={"query": "budgetfourteen"}, labels=("Money",),
                 hits=(Letter(words=("budgetfourteen",)), Letter(subject=("budgetfourteen",))))
    yield Filter(name="a phrase anywhere", ask={"query": '"annual leavefifteen"'}, labels=("Holidays",), archive=True,
                 hits=(Letter(words=("annual", "leavefifteen")),), misses=(Letter(words=("leavefifteen", "annual")),))
    yield Filter(name="sender and subject", ask={"query": f"from:{_from(16)} subject:statussixteen"},
                 labels=("Reports",), archive=True, hits=(Letter(sender=_from(16), subject=("statussixteen",)),),
                 misses=(Letter(sender=_from(16)),))
    yield Filter(name="sender and subject apart", ask={"from": _from(17), "subject": "statusseventeen"},
                 labels=("Work/Projects/Alpha",), archive=True,
                 hits=(Letter(sender=_from(17), subject=("statusseventeen",)),), misses=(Letter(sender=_from(17)),))
    yield Filter(name="not ASCII", ask={"subject": "Überweisungachtzehn"}, labels=("Ünïcode Ä",), archive=True,
                 hits=(Letter(subject=("Überweisungachtzehn",)),))


def _by_form() -> Iterator[Filter]:
    """Attachments, sizes, negation, mailing lists, and what Exchange has no words for."""
    yield Filter(name="with a file", ask={"from": _from(19), "hasAttachment": True}, labels=("Files",), archive=True,
                 hits=(Letter(sender=_from(19), file="plan.txt"),), misses=(Letter(sender=_from(19)),))
    yield Filter(name="larger", ask={"from": _from(20), "size": 40_000, "sizeComparison": "larger"}, labels=("Large",),
                 hits=(Letter(sender=_from(20), size=60_000),), misses=(Letter(sender=_from(20), size=30_000),))
    yield Filter(name="smaller", ask={"from": _from(21), "size": 40_000, "sizeComparison": "smaller"}, small=True,
                 labels=("Small",), hits=(Letter(sender=_from(21)), Letter(sender=_from(21), size=30_000)),
                 misses=(Letter(sender=_from(21), size=60_000),))
    yield Filter(name="but not", ask={"from": _from(22), "negatedQuery": "unsubscribetwentytwo"}, labels=("Friends",),
                 archive=True, hits=(Letter(sender=_from(22)),),
                 misses=(Letter(sender=_from(22), words=("unsubscribetwentytwo",)),))
    yield Filter(name="minus", ask={"query": f"from:{_from(23)} -subject:urgenttwentythree"}, archive=True,
                 hits=(Letter(sender=_from(23)),), misses=(Letter(sender=_from(23), subject=("urgenttwentythree",)),))
    yield Filter(name="a mailing list", ask={"query": "list:announce24.example.org"}, labels=("Lists",), archive=True,
                 hits=(Letter(list_id="announce24.example.org"),))
    yield Filter(name="a file by query", ask={"query": f"from:{_from(25)} has:attachment"}, read=True,
                 hits=(Letter(sender=_from(25), file="list.txt"),), misses=(Letter(sender=_from(25)),))
    yield Filter(name="a kind of file", ask={"query": "filename:ledgertwentysix.pdf"}, labels=("Files",),
                 hits=(Letter(file="ledgertwentysix.pdf"),))
    yield Filter(name="nested", ask={"query": "(onetwentyseven twotwentyseven) OR threetwentyseven"},
                 labels=("Greek",), misses=(Letter(words=("onetwentyseven",)),), hits=(
                     Letter(words=("onetwentyseven", "x", "twotwentyseven")), Letter(words=("threetwentyseven",))))


def _by_deed() -> Iterator[Filter]:
    """Each thing that a filter can do, and two that meet one message."""
    def of(number: int, name: str, **does: object) -> Filter:
        return Filter(name=name, ask={"from": _from(number)}, hits=(Letter(sender=_from(number)),), **does)  # type: ignore[arg-type]  # actions

    yield of(28, "archived alone", archive=True)
    yield of(29, "thrown away", trash=True)
    yield of(30, "starred", star=True)
    yield of(31, "never spam", never_spam=True, labels=("Friends",))
    yield of(32, "important", said=("IMPORTANT",), labels=("Work",))
    yield of(33, "a category of Gmail", said=("CATEGORY_PROMOTIONS",))
    yield of(34, "read", read=True)
    yield of(35, "sent on", forward=FORWARDED, labels=("Team",))
    yield of(36, "all of it", labels=("Work/Projects",), archive=True, read=True, star=True)
    yield of(37, "first of two", labels=("Travel",), archive=True)
    yield Filter(name="second of two", ask={"subject": "tickettwo"}, labels=("Money",), read=True,
                 hits=(Letter(subject=("tickettwo",)), Letter(sender=_from(37), subject=("tickettwo",),
                                                             meets=frozenset({"first of two"}))))
    yield of(38, "archived into one", labels=("Aaa",), archive=True)
    yield Filter(name="archived into the other", ask={"subject": "bothplaces"}, labels=("Bbb",), archive=True,
                 hits=(Letter(subject=("bothplaces",)), Letter(sender=_from(38), subject=("bothplaces",),
                                                              meets=frozenset({"archived into one"}))))


def filters() -> list[Filter]:
    """Forty filters; their letters know which they meet."""
    found = [*_by_people(), *_by_words(), *_by_form(), *_by_deed()]
    assert len({one.name for one in found}) == len(found) == 40, len(found)
    return [replace(one, hits=tuple(replace(each, meets=each.meets | {one.name}) for each in one.hits))
            for one in found]


def letters(chance: random.Random, many: int, of: Sequence[Filter]) -> list[Letter]:
    """Messages that the criteria of filters give: each hit and near miss, then such as meet two of them."""
    found = [letter for one in of for letter in (*one.hits, *one.misses)]
    small = {one.name for one in of if one.small}
    while len(found) < many:
        one, other = chance.sample(list(of), 2)
        both = chance.choice(one.hits).with_(chance.choice(other.hits))
        if both is not None and not (both.size and both.meets & small) and not _contradicts(both):
            found.append(both)
    return found[:many]


def _contradicts(letter: Letter) -> bool:
    """True: a word in it keeps one of its filters from acting."""
    phrases = {"a phrase": ("weekly", "digestten"), "a phrase anywhere": ("annual", "leavefifteen")}
    return any(name in letter.meets and not any(
        words == each[at : at + 2] for each in (letter.subject, letter.words) for at in range(len(each)))
        for name, words in phrases.items())


def vacations(chance: random.Random, now: datetime) -> Vacation:
    """A responder that is on, with dates and limits by chance."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = None if chance.random() < 0.3 else today - timedelta(days=1)
    end = None if start is None or chance.random() < 0.2 else start + timedelta(days=chance.randrange(3, 20))
    html = "<div dir=\"ltr\">Back <b>soon</b>, schöne Grüße 🌴<br>Ann</div>"
    return Vacation(html=html if chance.random() < 0.5 else "", text="Back soon, schöne Grüße 🌴\nAnn & Co <ann>",
                    contacts_only=chance.random() < 0.4, domain_only=chance.random() < 0.4,
                    start=None if start is None else start.astimezone(UTC), end=end)


def mime(letter: Letter, number: int) -> bytes:
    """The message as it arrives; its subject begins with a number of its own."""
    head = [f"From: <{letter.sender}>", f"To: {letter.to}", f"Subject: {_encoded(subject(letter, number))}",
            "Date: Mon, 30 Nov 2026 08:29:00 +0000", f"Message-ID: <letter-{number}@example.com>", "MIME-Version: 1.0"]
    head += [f"Cc: {letter.cc}"] if letter.cc else []
    head += [f"List-ID: <{letter.list_id}>"] if letter.list_id else []
    text = " ".join(letter.words or ("hello",)) + "\r\n" + ("filler text\r\n" * (letter.size // 13))
    plain = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"
    if not letter.file:
        return ("\r\n".join(head) + "\r\n" + plain).encode()
    file = (f'Content-Type: application/octet-stream; name="{letter.file}"\r\nContent-Disposition: attachment;'
            f' filename="{letter.file}"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n')
    head.append('Content-Type: multipart/mixed; boundary="b"')
    return ("\r\n".join(head) + f"\r\n\r\n--b\r\n{plain}\r\n--b\r\n{file}--b--\r\n").encode()


def subject(letter: Letter, number: int) -> str:
    """The subject of a message by its number."""
    return " ".join((f"n{number}", *letter.subject))


def _encoded(words: str) -> str:
    return words if words.isascii() else Header(words, "utf-8").encode()
