"""A whole Gmail mailbox moved to Exchange, and once more after its owner went on."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from engine.migration.record import Counts, State
from tests.contract.gmail.owner import Owner
from tests.servers.gmail.account import Cut, GmailSeed, Label, System
from tests.servers.gmail.seeds import large_seed
from tests.servers.mailbox import generated
from tests.servers.world import World

Arrived = tuple[tuple[str, ...], bytes, tuple[str, ...], bool]     # folder, MIME, categories, whether it has a flag
ROLES = {System.DRAFT: "Drafts", System.SENT: "Sent Items", System.INBOX: "Inbox"}
# Names that a folder of the mailbox's own has already: the label's folder, or Archive, has a number.
TAKEN = {"Deleted Items": "Deleted Items (2)", "Drafts": "Drafts (2)", "Notes": "Notes (2)"}


def where(labels: frozenset[Label]) -> tuple[str, ...]:
    """The folder that a message with these labels belongs into, as people are told."""
    own = [label for label in labels if isinstance(label, str)]
    if System.TRASH in labels:
        return ("Deleted Items",)
    if System.SPAM in labels:
        return ("Junk Email",)
    if System.DRAFT in labels or System.INBOX in labels or System.SENT in labels:
        order = (System.DRAFT, System.INBOX, System.SENT)
        return (ROLES[next(each for each in order if each in labels)],)
    if not own:
        return ("Archive (2)",)
    depth = max(label.count("/") for label in own)
    deepest = [label for label in own if label.count("/") == depth]
    first, *below = min(deepest, key=lambda name: (len(name), name.casefold())).split("/")
    return (TAKEN.get(first, first), *below)


def categories(labels: frozenset[Label]) -> tuple[str, ...]:
    """Its categories: all labels but the one whose folder it is in."""
    place = "/".join(where(labels)).replace(" (2)", "")
    own = {label for label in labels if isinstance(label, str)}
    kept = own if labels & {System.TRASH, System.SPAM, System.DRAFT, System.INBOX, System.SENT} else own - {place}
    return tuple(sorted(label.replace(",", "-").replace(";", "-") for label in kept))


def expected(seed: GmailSeed) -> Counter[Arrived]:
    """What should arrive of a mailbox."""
    mail = [each for each in seed.messages if System.CHAT not in each.labels]
    return Counter(
        (where(each.labels), each.raw, categories(each.labels), System.STARRED in each.labels) for each in mail
    )


def arrived(there: World) -> Counter[Arrived]:
    """What did."""
    return Counter(
        (each.folder, each.mime, tuple(sorted(each.categories)), each.flag_status == "Flagged")
        for each in there.messages()
    )


def alive(owner: Owner, but: Iterable[System] = (System.TRASH, System.SPAM, System.CHAT)) -> list[int]:
    """MSGIDs of what is in All Mail."""
    return sorted(number for number, each in owner.mailbox.messages.items() if each.labels.isdisjoint(but))


def test_a_mailbox_with_forty_labels(moving) -> None:
    """Each message comes once, whole, where its labels say. A second run copies what is new, and names what changed.

    Nothing that was copied is changed; a star is no label that moves a message.
    """
    owner, there = moving
    seed = large_seed(3, count=500, chats=4)
    owner.mailbox.plant(seed)
    owner.sets(chats=True, language="fr")

    first = there.migrate()
    copied = arrived(there)
    relabelled, starred = alive(owner)[:50], alive(owner)[50:60]
    for number in relabelled:
        owner.mailbox.relabel(number, add=["Fresh"])
    for number in starred:
        owner.mailbox.star(number)
    for each in generated(20, 777):
        owner.mailbox.deliver(each.mime, [System.INBOX, "Work"])
    second = there.migrate()

    assert (first.state, there.counts(first)) == (State.COMPLETED, Counts(found=504, copied=500, left_out=4))
    assert copied == expected(seed)
    assert (second.state, there.counts(second)) == (
        State.COMPLETED, Counts(found=524, copied=20, already_there=500, left_out=4, changed=50),
    )
    assert arrived(there) - copied == Counter({
        (("Inbox",), each.mime, ("Work",), False): 1 for each in generated(20, 777)
    })
    assert not copied - arrived(there)
    named = [line for line in there.engine.store.reported(second.task_id).failures if "labels" in line.reason]
    assert len(named) == 50


def test_a_copy_in_each_label(moving) -> None:
    """With copies, a message is in the folder of each label, each known by itself: a second run copies nothing."""
    owner, there = moving
    seed = large_seed(4, count=150)
    owner.mailbox.plant(seed)
    shown = (*seed.labels, System.INBOX, System.SENT, System.DRAFT, System.TRASH, System.SPAM)
    copies = sum(len(list(seed.inside(label))) for label in shown)
    archived = [each for each in seed.messages if not each.labels - {
        System.STARRED, System.IMPORTANT, System.MUTED,
    }]

    def opened(_account, _password, halt):
        source = owner.source(stop=halt.event)
        source.copies()
        return source

    there.connectors.source = opened
    first, second = there.migrate(), there.migrate()

    everything = copies + len(archived)
    assert there.counts(first) == Counts(found=everything, copied=everything)
    assert there.counts(second) == Counts(found=everything, already_there=everything)
    assert sum(each.folder[0].startswith("Archive (2)") for each in there.messages()) == len(archived)


def meanwhile(owner: Owner, there: World, acts: Mapping[int, Callable[[], object]]) -> None:
    """Has something happen before the source fetches for the so manieth time."""
    real, count = there.connectors.source, itertools.count(1)

    def opened(account, password, halt):
        source = real(account, password, halt)
        source.asking(spend=lambda _size: acts.get(next(count), lambda: None)())
        return source

    there.connectors.source = opened


def test_connections_that_are_lost_again_and_again(moving) -> None:
    """Cut in the scan and in messages, refused for a while, one connection at a time: each message comes once."""
    owner, there = moving
    seed = large_seed(5, count=120)
    owner.mailbox.plant(seed)
    control, address = owner.gmail.control, owner.address
    meanwhile(owner, there, {
        1: lambda: control.cut(address, Cut.TORN, after=30), 2: lambda: control.cut(address, Cut.BYE, after=5),
        3: lambda: control.unavailable(address, times=2, verb="UID FETCH"),
        5: lambda: control.allow_connections(address, 1), 6: lambda: control.end_sessions(address),
        8: lambda: control.cut(address, Cut.EOF, after=2),
    })

    done = there.migrate()

    assert (done.state, there.counts(done)) == (State.COMPLETED, Counts(found=120, copied=120))
    assert arrived(there) == expected(seed)


def test_numbered_anew_and_filed_otherwise_while_it_is_copied(moving) -> None:
    """All Mail gets other numbers in mid-run, and its owner files what was listed: it arrives as it was seen, once."""
    owner, there = moving
    seed = large_seed(6, count=150)
    owner.mailbox.plant(seed)

    def goes_on() -> None:
        for number in alive(owner)[:40]:
            owner.mailbox.relabel(number, add=["Fresh"], remove=[System.INBOX])
        for number in alive(owner)[40:45]:
            owner.mailbox.trash(number)
        owner.mailbox.renumber(System.ALL)
        owner.gmail.control.end_sessions(owner.address)

    meanwhile(owner, there, {9: goes_on})
    done = there.migrate()
    counts = there.counts(done)

    assert done.state is State.COMPLETED
    assert not arrived(there) - expected(seed)
    missing = expected(seed) - arrived(there)
    assert missing.total() == counts.left_out <= 5      # thrown away before they were read, with the numbers that went
    assert there.counts(there.migrate()).copied == missing.total()
    assert sum(arrived(there).values()) == 150
