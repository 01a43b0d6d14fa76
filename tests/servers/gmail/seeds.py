"""A Gmail mailbox drawn by a seed: whatever labels people make, and messages in every place there is."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from email.parser import BytesHeaderParser

from emulators.google.imap.labels import Label, System
from emulators.google.imap.seed import GmailSeed, SeedMessage
from tests.servers.mailbox import Message, generated

EMPTY = ("Someday", "Archiv/2009", "Пусто")
LABELS = (
    # nested, some below a level that is no label
    "Work", "Work/Projects", "Work/Projects/Atlas", "Work/Projects/Atlas/Proofs", "Work/Projects/Atlas/Proofs/2024",
    "Kunden/Nord", "Kunden/Süd", "Family", "Family/School", "Travel/2023/Lisboa",
    # not ASCII
    "Übungen", "台北", "Счета/2023", "Famille/Été", "Ελλάδα", "🎉 parties",
    # as servers name their own folders
    "Sent", "Archive", "Papierkorb", "Drafts", "Deleted Items", "Work/Inbox", "[Imap]/Sent", "Junk", "Important",
    "Notes",
    # what needs quoting
    "R&D", "Say \"hi\"", "(old)", "100%", "*urgent*", "Müller, Söhne & Co", "a; b", "\\Wichtig", "back\\slash",
    "two  spaces",
    "Receipts that have to be kept for the tax office until they are ten years old, whatever anybody says",
)
_SYSTEM_PLACES: Sequence[tuple[int, tuple[Label, ...]]] = (     # of a hundred messages so many are there
    (34, (System.INBOX,)), (18, (System.SENT,)), (3, (System.INBOX, System.SENT)), (36, ()), (3, (System.SPAM,)),
    (4, (System.TRASH,)), (2, (System.DRAFT,)),
)
_KINDS: Sequence[set[Label]] = (
    {System.INBOX}, {"Work", System.MUTED}, {System.SENT}, {System.INBOX, System.SENT, "Work", "Work/Projects"},
    {"Work", "Work/Projects", "台北"}, {"Kunden/Nord", "Kunden/Süd", "a; b"}, {"Update", "台北", System.INBOX},
    {System.SENT, "Family"}, {System.DRAFT}, {System.DRAFT, "Family", System.IMPORTANT}, set(), {System.STARRED},
    {System.SPAM}, {System.SPAM, "Work"}, {System.TRASH}, {System.TRASH, "Family", System.STARRED}, {"Deleted Items"},
    {System.INBOX, "Müller, Söhne & Co", System.STARRED}, {"Archive", "Sent"}, {System.SENT, System.TRASH},
)
_DOUBLES = 12       # messages of which there is a second one with the same bytes


def large_seed(seed: int = 1, *, count: int = 3000, chats: int = 0) -> GmailSeed:
    """A mailbox of `count` messages under forty labels, three of them empty, and of `chats` conversations beside.

    Twelve messages (of fewer than a hundred: a tenth) are there a second time under another MSGID: in another label, in
    the same one, or in Sent and Inbox. Some MSGIDs need all of their 64 bits.
    """
    chance = random.Random(seed)
    doubles = min(_DOUBLES, count // 10)
    letters = list(generated(count - doubles + chats, seed, size=600))
    messages = [_drawn(chance, letter) for letter in letters[:count - doubles]]
    messages += [_double(chance, one, number) for number, one in enumerate(chance.sample(messages, doubles))]
    messages += [_message(chance, letter, {System.CHAT}) for letter in letters[count - doubles:]]
    return GmailSeed([*LABELS, *EMPTY], sorted(messages, key=lambda one: (one.received, one.msgid)))


def small_seed(seed: int = 1) -> GmailSeed:
    """A message of each kind that there is, two or three of some, and a label that none has."""
    chance = random.Random(seed)
    places = [*_KINDS, {System.CHAT}]
    letters = generated(len(places), seed, size=300)
    drawn = [_message(chance, letter, labels) for letter, labels in zip(letters, places, strict=True)]
    doubles = [_double(chance, one, number) for number, one in enumerate(drawn[:3])]
    return GmailSeed(["Someday", *LABELS[:3]], [*drawn, *doubles])


def doubled(seed: GmailSeed) -> Iterator[str]:
    """The Message-IDs that stand in more than one message."""
    counts = Counter(one.name for one in seed.messages)
    return (name for name, count in counts.items() if count > 1)


def _drawn(chance: random.Random, letter: Message) -> SeedMessage:
    (place,) = chance.choices([place for _, place in _SYSTEM_PLACES], [weight for weight, _ in _SYSTEM_PLACES])
    labels: set[Label] = set(place) | set(chance.sample(LABELS, chance.choice((0, 0, 1, 1, 1, 2, 2, 3, 5))))
    labels |= {one for one, share in ((System.STARRED, 0.08), (System.IMPORTANT, 0.2), (System.MUTED, 0.02))
               if chance.random() < share}
    return _message(chance, letter, labels)


def _message(chance: random.Random, letter: Message, labels: set[Label]) -> SeedMessage:
    name = str(BytesHeaderParser().parsebytes(letter.mime).get("Message-ID", ""))
    flags = frozenset(flag for flag, share in (("\\Seen", 0.7), ("\\Answered", 0.15), ("$Forwarded", 0.05))
                      if chance.random() < share)
    return SeedMessage(_msgid(chance, letter), name, letter.mime, letter.date, frozenset(labels), flags)


def _msgid(chance: random.Random, letter: Message) -> int:
    number = (int(letter.date.timestamp() * 1000) << 20) + chance.getrandbits(20)
    return number + (1 << 63) if chance.random() < 0.02 else number


def _double(chance: random.Random, one: SeedMessage, number: int) -> SeedMessage:
    """The same bytes under another MSGID: in another label, with the same labels, or as the answer of a list."""
    places: Sequence[frozenset[Label]] = (frozenset({chance.choice(LABELS)}), one.labels, frozenset({System.INBOX}))
    return SeedMessage(one.msgid + 1, one.name, one.raw, one.received, places[number % 3], one.flags, one.thread)
