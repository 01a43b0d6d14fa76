"""An appointment as it was read, made into one that can be written into another mailbox.

It is changed as little as may be: people get addresses that mean something there, reminders of what is past keep
silent, and what a server would refuse is put right and named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from lxml import etree

from engine.connectors.exchange.read import instant, moment
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.addresses import Directory, addresses_of, readdress
from engine.connectors.exchange.typed.attached import Attached, listed
from engine.connectors.exchange.typed.begun import begun
from engine.connectors.exchange.typed.circumstances import Present
from engine.connectors.exchange.typed.digests import beyond, is_moved, ours, theirs
from engine.connectors.exchange.typed.facts import busy, time_facts
from engine.connectors.exchange.typed.fields import ANSWER, CALENDAR_ITEM, REPLIED, STATES, ZONES
from engine.connectors.exchange.typed.identity import key_of
from engine.connectors.exchange.typed.organizer import is_cancelled, is_guest, name_organizer
from engine.connectors.exchange.typed.properties import EXTENDED, is_user_field, put_property, value_of
from engine.connectors.exchange.typed.reduced import reduced
from engine.connectors.exchange.typed.reminders import silence, silence_occurrence
from engine.connectors.exchange.typed.shown import Shown
from engine.connectors.exchange.typed.subject import LONGEST_SUBJECT, cut_subject
from engine.connectors.exchange.typed.whole import Occurrence, Whole
from engine.messages.source_key import key_by_content
from engine.ports.typed import Changed, TypedItem

SHORTEST = timedelta(minutes=1)
ENDED_EARLY = "it ended before it began, or as it began; it lasts a minute"
KEPT_FILE = "an attachment of one occurrence could not be read, and is there as its series has it"
ANSWERS = {"Tentative": 2, "Accept": 3, "Decline": 4, "NoResponseReceived": 5}      # [MS-OXOCAL] 2.2.1.11
ANSWERED = "what its owner answered to its occurrence of {:%Y-%m-%d %H:%M} UTC alone is not carried"


def made(uid: int, whole: Whole, at: Present) -> TypedItem:
    """The item, ready to be written but for its tag. Takes `whole` apart. Raises FatalError, RetryableError."""
    shown = Shown(whole.item)
    key, digest = key_of(whole.item) or _key_by_facts(shown), theirs(whole, shown)
    untold = list(whole.lacking)
    standing = _standing(whole, shown, at, untold)
    as_written, owner = _as_written(standing), at.directory.becomes
    here, half = ours(as_written, owner, shown=shown), begun(as_written, owner, shown)
    element, answer = reduced(shown, CALENDAR_ITEM), shown.words("MyResponseType")
    told = [_changed(each, element, standing.attachments, untold, answer=answer) for each in standing.changed]
    changed = tuple(each for each in told if each is not None)
    attachments, written = tuple(one.element for one in standing.attachments), xml.written(element)
    parts = (written, *attachments, *(part for each in changed for part in (each.element, *each.attachments)))
    return TypedItem(
        uid, written, key, here, digest, sum(map(len, parts)), attachments, changed, standing.deleted,
        "; ".join(dict.fromkeys(untold)), begun=half,
    )


def _key_by_facts(shown: Shown) -> bytes:
    """The key of an item that has neither of the two by which items are known again."""
    return key_by_content("\n".join((shown.words("Subject"), *time_facts(shown))).encode("utf-8", "surrogatepass"))


def _standing(whole: Whole, own: Shown, at: Present, untold: list[str]) -> Whole:
    """The item as it will stand, all of its fields still there. `untold` is told what of it is not carried."""
    reminds, mine = own.words("ReminderIsSet"), _owner_of(own, at.directory)
    for shown in (own, *(Shown(each.item) for each in whole.changed)):
        untold += readdress(shown, at.directory, mine)
        untold += _put_right(shown)
    untold += name_organizer(own, at.directory)
    silence(own, at.now)
    for each in whole.changed:
        silence_occurrence(each.item, before=reminds, series=whole.item, now=at.now)
    return replace(whole, changed=tuple(_timed(each) for each in whole.changed)) if whole.changed else whole


def _owner_of(shown: Shown, directory: Directory) -> tuple[str, ...]:
    """Addresses of the owner's, as the organizer or as one of the guests."""
    if shown.words("MyResponseType") == "Organizer":
        return (_address_of(shown.field("Organizer")),)
    return directory.owners_among(addresses_of(shown.item)) if is_guest(shown) else ()


def _address_of(organizer: etree._Element | None) -> str:
    mailbox = None if organizer is None else xml.field(organizer, "Mailbox")
    return "" if mailbox is None else xml.words(mailbox, "EmailAddress")


def _put_right(shown: Shown) -> Iterator[str]:
    """Puts right what a server would refuse; words on what that was."""
    for words in cut_subject(shown.item) if len(shown.words("Subject")) > LONGEST_SUBJECT else ():
        shown.told = ()
        yield words
    start, end = instant(shown.words("Start")), instant(shown.words("End"))
    if start is not None and end is not None and end <= start:      # MS-OXWSMTGS_R1204
        shown.put("End", xml.utc(start + SHORTEST))
        shown.timed = ()
        yield ENDED_EARLY
    said = busy(shown)
    if said == "NoData":
        shown.drop("LegacyFreeBusyStatus")
    elif said != shown.words("LegacyFreeBusyStatus"):
        shown.put("LegacyFreeBusyStatus", said)
    if is_guest(shown) or shown.words("AllowNewTimeProposal") == "true":
        shown.drop("AllowNewTimeProposal")      # read-only in attendees' items (page of the element); else usual


def _timed(each: Occurrence) -> Occurrence:
    """The occurrence with the times of its element, which may have been put right."""
    start, end = moment(each.item, "Start"), moment(each.item, "End")
    return replace(each, start=start or each.start, end=end or each.end)


def _as_written(standing: Whole) -> Whole:
    """The same with the attachments as they will be told once they were written."""
    of_series = standing.attachments
    if not of_series and not standing.changed:
        return standing
    changed = tuple(
        replace(each, attachments=tuple(_told(one) for one in (
            *(one for at, one in enumerate(of_series) if at not in _lacking(each, of_series)),
            *beyond(each.attachments, of_series),
        )))
        for each in standing.changed
    )
    return replace(standing, attachments=tuple(map(_told, of_series)), changed=changed)


def _lacking(each: Occurrence, of_series: Sequence[Attached]) -> tuple[int, ...]:
    """The attachments of a series that an occurrence has not, by their places.

    None where one of its own could not be read: it may be one of those.
    """
    if len(each.attachments) < len(listed(each.item)):
        return ()
    gone = Counter(one.fact for one in beyond(of_series, each.attachments))
    found = []
    for at, one in enumerate(of_series):
        if gone[one.fact]:
            gone[one.fact] -= 1
            found.append(at)
    return tuple(found)


def _told(one: Attached) -> Attached:
    return replace(one, fact=one.will_be)


def _changed(
    each: Occurrence, series: etree._Element, of_series: Sequence[Attached], untold: list[str], *, answer: str
) -> Changed | None:
    """What an occurrence has otherwise than its series; None: nothing that could be written.

    `answer` is what the owner has answered to the series.
    """
    own_answer, replied = xml.words(each.item, "MyResponseType"), value_of(each.item, REPLIED.number)
    cancelled = value_of(each.item, STATES.number) if is_cancelled(each.item) else ""
    further, without = beyond(each.attachments, of_series), _lacking(each, of_series)
    if len(each.attachments) - len(further) < len(of_series) - len(without):
        untold.append(KEPT_FILE)
    element = _difference(each, series)
    if cancelled and not is_cancelled(series):
        put_property(element, STATES, cancelled)
    if own_answer != answer:
        untold += [] if _is_answered(element, own_answer, replied) else [ANSWERED.format(each.original)]
    if not len(element) and not further and not without:
        return None
    files = tuple(one.element for one in further)
    return Changed(each.original, each.start, each.end, xml.written(element), files, without)


def _is_answered(element: etree._Element, answer: str, replied: str) -> bool:
    """Puts into the element what the owner answered to an occurrence, and when. False: that is no guest's answer."""
    if answer not in ANSWERS:
        return False
    put_property(element, ANSWER, str(ANSWERS[answer]))
    if replied:
        put_property(element, REPLIED, replied)
    return True


def _is_elsewhere(own: etree._Element, series: etree._Element) -> bool:
    """True: an occurrence has another zone than its series."""
    pairs = [(own.find(f"{TYPES}{name}"), series.find(f"{TYPES}{name}")) for name in ZONES]
    return any((one is None) != (other is None) or (one is not None and other is not None and not _is_equal(one, other))
               for one, other in pairs)


def _difference(each: Occurrence, series: etree._Element) -> etree._Element:
    """The fields that differ from those of the series, reduced; an empty one says that the occurrence has none.

    Its times go with a zone of its own: in another zone, times that a server has keep what their clocks show.
    """
    own, found = reduced(Shown(each.item), CALENDAR_ITEM), xml.new(CALENDAR_ITEM.element)
    timed = each.timed or is_moved(each, series) or _is_elsewhere(own, series)
    for name in (name for name in CALENDAR_ITEM.order if name.removeprefix(TYPES) in CALENDAR_ITEM.recurs):
        mine, shared = own.find(name), series.find(name)
        if name in (f"{TYPES}Start", f"{TYPES}End"):
            if mine is not None and timed:
                found.append(mine)
        elif mine is not None and (shared is None or not _is_equal(mine, shared)):
            found.append(mine)
        elif mine is None and shared is not None:
            xml.add(found, name.removeprefix(TYPES))
    shared_fields = {xml.written(one) for one in series.iterchildren(EXTENDED)}
    found.extend([
        one for one in own.iterchildren(EXTENDED) if is_user_field(one) and xml.written(one) not in shared_fields
    ])
    return found


def _is_equal(one: etree._Element, other: etree._Element) -> bool:
    return xml.written(one) == xml.written(other)
