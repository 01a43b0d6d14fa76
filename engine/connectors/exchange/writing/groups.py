"""Contact groups: created under their tags with their members; one that is too large becomes several."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lxml import etree

from engine.connectors.exchange import elements
from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.folders import look_at
from engine.connectors.exchange.reading.groups import SOUGHT
from engine.connectors.exchange.reading.listing import listing
from engine.connectors.exchange.reading.numbering import Numbering
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import attribute
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.group.facts import NESTED
from engine.connectors.exchange.typed.group.fields import GROUP
from engine.connectors.exchange.typed.group.members import id_of
from engine.connectors.exchange.typed.pointed import Pointed
from engine.connectors.exchange.typed.tagged import tagged
from engine.connectors.exchange.writing.fields import holding, parsed
from engine.connectors.exchange.writing.further import Further, NotDoneError
from engine.connectors.exchange.writing.members import (
    OTHER,
    SPLIT,
    Shaped,
    chosen,
    contacts_of,
    others,
    shaped,
)
from engine.connectors.exchange.writing.parted import PartedWriter
from engine.connectors.exchange.writing.parts import CREATE, FIRST, Part, folder_of
from engine.errors import FatalError, OmmError, RetryableError
from engine.items.tags import UNFINISHED, part_of
from engine.migration.content import Content
from engine.ports.destination import Before
from engine.ports.items import DONE, Outcome, Tagged, Verdict
from engine.ports.typed import TypedItem

# Page "ResponseCode"; of a group that is created they are about a member, which needs an address or an id.
OF_MEMBERS = frozenset({"ErrorEmailAddressMismatch", "ErrorInvalidMailbox", "ErrorMissingInformationEmailAddress"})
LONGEST_NAME = 255
NUMBERED = "{} ({} of {})"
_CLOSED = f"</t:{GROUP.element}>".encode()


class GroupWriter(PartedWriter):
    """Writes contact groups.

    One that the server refuses may be refused for what its members are: it is put off, and written by addresses alone.
    """

    def __init__(self, sessions: Sessions) -> None:
        super().__init__(sessions, GROUP.element)
        self._by_address: set[str] = set()      # tags of those
        self._again: set[str] = set()           # tags of those one of whose members was gone
        self._shapes: dict[str, Shaped] = {}    # by tags, of those that were begun
        self._here = Pointed(Asking(sessions, stop=threading.Event()))

    def create(self, folder_id: str, items: Sequence[Tagged[TypedItem]]) -> list[Outcome]:
        """CreateItem, once, when it is known which contacts have the members' addresses."""
        try:
            self._here.learn([one for new in items for one in contacts_of(new.item)])
            shapes = [self._shaped(new) for new in items]
        except RetryableError as error:
            return [Outcome(Verdict.BUSY, error=error, back_off=error.back_off)] * len(items)
        except FatalError as error:
            return [Outcome(Verdict.FATAL, error=error)] * len(items)
        wanted = (
            piece for new, shape in zip(items, shapes, strict=True)
            for piece in holding(_element(new, shape, 0), new.item.attachments)
        )
        outcomes = elements.create_of(self._sessions, folder_id, wanted, len(items))
        return [self._told(*each) for each in zip(outcomes, items, shapes, strict=True)]

    def _shaped(self, new: Tagged[TypedItem]) -> Shaped:
        """Raises FatalError, RetryableError."""
        self._here.learn(contacts_of(new.item))
        return shaped(chosen(new.item, self._here), as_items=new.tag not in self._by_address)

    def _told(self, outcome: Outcome, item: Tagged[TypedItem], shape: Shaped) -> Outcome:
        outcome = _of_the_group(outcome)
        if outcome.verdict in (Verdict.REFUSED, Verdict.GONE) and self._is_worth_another_try(outcome, item):
            return replace(outcome, verdict=Verdict.BUSY)
        if outcome.verdict is not Verdict.DONE:
            return outcome
        if not shape.is_as_read:
            self._shapes[item.tag] = shape
        told = (*shape.told, *_split(item, len(shape.parts)))
        return replace(outcome, unfinished=not shape.is_as_read, untold=told)

    def _is_worth_another_try(self, outcome: Outcome, item: Tagged[TypedItem]) -> bool:
        """True: its members may be the cause. Gone ones are looked up anew, and then all of them go by address."""
        if not item.item.linked or item.tag in self._by_address:
            return False
        if outcome.verdict is Verdict.GONE and item.tag not in self._again:
            self._again.add(item.tag)
            self._here.forget(contacts_of(item.item))
        else:
            self._by_address.add(item.tag)
        return True

    def containers(self) -> set[str]:
        """All groups of the mailbox."""
        asking = Asking(self._sessions, stop=threading.Event())
        found = set[str]()
        for folder in look_at(asking, content=Content.CONTACT_GROUPS).folders:
            numbering = Numbering()
            some = listing(asking, numbering, folder, keys=False, sought=SOUGHT)
            found |= {numbering.known_id(one.uid) for one in some if not one.other}
        return found

    def inside(self, ids: Sequence[str]) -> set[str]:
        """The groups within those groups."""
        return {id_of(one) for one in self._members(ids) if xml.words(one, "MailboxType") == NESTED} - {""}

    def _members(self, ids: Sequence[str]) -> list[etree._Element]:
        asking = Asking(self._sessions, stop=threading.Event())
        return [one for each in Pointed(asking).members(ids).values() for one in each]

    def finish(self, item_id: str, item: Tagged[TypedItem], before: Before) -> Outcome:
        """Creates the further parts of a group, and takes the mark from the tags."""
        further, shape, made = Further(self._sessions, before), self._shapes.get(item.tag), list[Part]()
        if shape is None:
            return DONE
        try:
            _create_rest(further, item_id, item, shape, made)
            further.told += self._otherwise([item_id, *(part.id for part in made)], others(item.item))
            own = Part(item_id, part_of(item.tag, 1), 1) if made else Part(item_id, item.tag)
            ended = self._ended(further, made, own, digested=False)
        except NotDoneError as error:
            return self._not_ended(further, made, error)
        del self._shapes[item.tag]
        return replace(ended, others=tuple(part.id for part in made), untold=tuple(further.told))

    def _otherwise(self, ids: Sequence[str], wanted: Mapping[str, str]) -> Iterator[str]:
        """Words on members who are there by another address than that wanted of theirs."""
        try:
            there = self._members(ids) if wanted else []
        except OmmError:
            return
        shown = {xml.words(one, "EmailAddress").lower() for one in there}
        yield from (OTHER.format(name, address) for address, name in wanted.items() if shown and address not in shown)


def _of_the_group(outcome: Outcome) -> Outcome:
    """The same; REFUSED where the code is about a member, whatever it says elsewhere: nothing was created."""
    said = outcome.error.__cause__ if outcome.error is not None else None
    of_member = isinstance(said, CodeError) and said.code in OF_MEMBERS
    return Outcome(Verdict.REFUSED, error=said) if of_member and isinstance(said, Exception) else outcome


def _split(item: Tagged[TypedItem], count: int) -> Sequence[str]:
    if count == 1:
        return ()
    name = xml.words(parsed(item.item.element), "DisplayName")
    return (SPLIT.format(count, _numbered(name, 0, count), _numbered(name, count - 1, count)),)


def _element(new: Tagged[TypedItem], shape: Shaped, number: int) -> bytes:
    """The part of that number, from 0, as CreateItem takes it."""
    tag = new.tag if not number else part_of(new.tag, number - 1 + FIRST)
    whole = tagged(_named(new.item.element, number, len(shape.parts)), tag if shape.is_as_read else tag + UNFINISHED)
    members = "".join(entry.element for entry in shape.parts[number])
    if not members:
        return whole
    return whole.removesuffix(_CLOSED) + f"<t:Members>{members}</t:Members>".encode() + _CLOSED    # last in the schema


def _named(element: bytes, number: int, count: int) -> bytes:
    """The element, whose name says which part it is."""
    if count == 1:
        return element
    item = parsed(element)
    for field in ("DisplayName", "FileAs"):
        if xml.words(item, field):
            xml.put(item, field, _numbered(xml.words(item, field), number, count))
    return xml.written(item)


def _numbered(name: str, number: int, count: int) -> str:
    room = LONGEST_NAME - len(NUMBERED.format("", number + 1, count))
    return NUMBERED.format(name[:room], number + 1, count)


def _create_rest(
    further: Further, item_id: str, item: Tagged[TypedItem], shape: Shaped, made: list[Part]
) -> None:
    """Creates all parts but the first, which are put into `made`. Raises NotDoneError."""
    wanted = [_element(item, shape, number) for number in range(1, len(shape.parts))]
    if not wanted:
        return

    def note(number: int, part_id: str) -> None:
        made.append(Part(part_id, part_of(item.tag, number + FIRST), number + FIRST))

    head = CREATE[0].format(attribute(folder_of(further, item_id)))
    for outcome in further.write(head, wanted, CREATE[1], made=note):
        if outcome.verdict is not Verdict.DONE:
            raise NotDoneError(outcome)
