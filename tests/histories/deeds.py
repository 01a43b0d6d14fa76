"""What owners do to their mailboxes in a history, at either end. Which of their messages is drawn."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from random import Random

from engine.ports.items import Marks
from engine.ports.source import Role, SourceFolder
from tests.examples.toy_content import ELEMENT
from tests.histories.exchange_like import MemoryExchange
from tests.histories.world import World
from tests.servers.memory.mailbox import Item, Room, TakenNameError, subject_of
from tests.servers.memory.source import MemorySource

OWNER = "owner"
NAMES = ("Work", "Archive", "Letters", "Old")

Deed = Callable[[World, Random], None]


# At the destination

def moves(world: World, random: Random) -> None:
    """Files a message elsewhere."""
    if item := _any_item(world, random):
        world.box.move(item.id, _any_room(world, random).id, by=OWNER)


def throws_away(world: World, random: Random) -> None:
    """Puts a message into Deleted Items."""
    if item := _any_item(world, random):
        world.box.move(item.id, world.box.standard(Role.DELETED), by=OWNER)


def removes(world: World, random: Random) -> None:
    """Removes a message for good."""
    if item := _any_item(world, random):
        world.box.remove(item.id, by=OWNER)


def copies(world: World, random: Random) -> None:
    """Copies a message."""
    if item := _any_item(world, random):
        world.box.copy(item.id, _any_room(world, random).id, by=OWNER)


def moves_by_imap(world: World, random: Random) -> None:
    """Moves a message as mail programs without MOVE do: a copy, and the original removed."""
    if item := _any_item(world, random):
        world.box.copy(item.id, _any_room(world, random).id, by=OWNER)
        world.box.remove(item.id, by=OWNER)


def edits(world: World, random: Random) -> None:
    """Goes on with a draft, or changes a card."""
    drafts = [item for item in world.box.items.values() if item.draft or item.element == ELEMENT]
    if drafts:
        item = random.choice(drafts)
        world.box.edit(item.id, f"{subject_of(item.mime)}, version {random.randrange(1000)}", by=OWNER)


def reads(world: World, random: Random) -> None:
    """Reads a message."""
    if item := _any_item(world, random):
        world.box.mark_read(item.id, by=OWNER)


def writes(world: World, random: Random) -> None:
    """Has a message of their own."""
    world.box.make(_any_room(world, random).id, f"my own {random.randrange(1000)}", by=OWNER)


def makes_folder(world: World, random: Random) -> None:
    """Makes a folder."""
    with contextlib.suppress(TakenNameError):
        world.box.make_room(world.box.top, random.choice(NAMES), by=OWNER)


def places_folder(world: World, random: Random) -> None:
    """Renames a folder, or throws it away with all that is in it."""
    own = [room for room in world.box.rooms.values() if room.role is None and room.id != world.box.top]
    if own:
        room = random.choice(own)
        parent = random.choice([world.box.top, room.parent, world.box.standard(Role.DELETED)])
        if not _is_below(world, parent, room):
            with contextlib.suppress(TakenNameError):
                world.box.place_room(room.id, parent, random.choice((room.name, *NAMES)), by=OWNER)


def _is_below(world: World, folder_id: str, room: Room) -> bool:
    while folder_id:
        if folder_id == room.id:
            return True
        folder_id = world.box.rooms[folder_id].parent
    return False


def _any_item(world: World, random: Random) -> Item | None:
    return random.choice(list(world.box.items.values())) if world.box.items else None


def _any_room(world: World, random: Random) -> Room:
    return random.choice([room for room in world.box.rooms.values() if room.id != world.box.top])


AT_THE_DESTINATION: dict[str, Deed] = {
    deed.__name__: deed
    for deed in (moves, throws_away, removes, copies, moves_by_imap, edits, reads, writes, makes_folder, places_folder)
}


# By the destination itself

def expires(world: World, random: Random) -> None:
    """A rule of the mailbox removes the old mail of a folder."""
    old = [item for item in world.box.items.values() if item.tag and subject_of(item.mime) not in world.young]
    if old:
        place = random.choice(old).folder
        for item in old:
            if item.folder == place:
                world.box.remove(item.id, by=OWNER)


# At the source

def arrives(world: World, random: Random) -> None:
    """New mail comes."""
    source = _any_source(world, random)
    letter = replace(world.letter(random), received=world.now())
    world.young.add(subject_of(letter.mime))
    source.folders[random.choice(list(source.folders))].append(letter)
    world.stirred(letter)


def is_twinned(world: World, random: Random) -> None:
    """A message is there once more, in the same folder."""
    source, folder, place = _any_letter(world, random)
    if folder is not None:
        twin = replace(source.folders[folder][place])
        source.folders[folder].append(twin)
        world.stirred(twin)


def is_filed(world: World, random: Random) -> None:
    """A message is filed in another folder."""
    source, folder, place = _any_letter(world, random)
    if folder is not None:
        world.stirred(source.folders[folder][place])
        source.file(folder, place, random.choice(list(source.folders)))


def is_copied(world: World, random: Random) -> None:
    """A message is copied into another folder."""
    source, folder, place = _any_letter(world, random)
    if folder is not None:
        letter = source.folders[folder][place]
        world.stirred(letter)
        source.folders[random.choice(list(source.folders))].append(replace(letter))


def is_purged(world: World, random: Random) -> None:
    """A message is removed."""
    source, folder, place = _any_letter(world, random)
    if folder is not None:
        world.stirred(source.folders[folder].pop(place))


def is_marked_deleted(world: World, random: Random) -> None:
    """A message is marked as deleted."""
    source, folder, place = _any_letter(world, random)
    if folder is not None:
        world.stirred(source.folders[folder][place])
        source.mark_deleted(folder, place)


def is_renamed(world: World, random: Random) -> None:
    """A folder has another name."""
    source = _any_source(world, random)
    folders = [folder for folder in source.folders if folder.role is None]
    name = random.choice(NAMES)
    if folders and all(folder.path != (name,) for folder in source.folders):
        folder = random.choice(folders)
        world.stirred(*source.folders[folder])
        source.rename(folder, name)


def is_renumbered(world: World, random: Random) -> None:
    """A folder's messages have other numbers."""
    source = _any_source(world, random)
    source.renumber(random.choice(list(source.folders)))


def is_changed(world: World, random: Random) -> None:
    """A message has other content, and stays where and what it is. Over IMAP there is no such thing."""
    source, folder, place = _any_letter(world, random)
    if folder is not None and isinstance(source, MemoryExchange):
        before, after = source.folders[folder][place], world.letter(random)
        world.stirred(before, after)
        source.change(folder, place, replace(after, marks=before.marks))


def is_merged(world: World, random: Random) -> None:
    """Another account's mail is taken in."""
    if len(world.sources) > 1:
        source, other = random.sample(world.sources, 2)
        if sum(map(len, source.folders.values())) + sum(map(len, other.folders.values())) < 60:
            world.stirred(*(letter for messages in other.folders.values() for letter in messages))
            source.merge(other)


def _any_source(world: World, random: Random) -> MemorySource:
    return random.choice([*world.sources, *world.cards])


def _any_letter(world: World, random: Random) -> tuple[MemorySource, SourceFolder | None, int]:
    source = _any_source(world, random)
    folders = [folder for folder, messages in source.folders.items() if messages]
    if not folders:
        return source, None, 0
    folder = random.choice(folders)
    return source, folder, random.randrange(len(source.folders[folder]))


AT_THE_SOURCE: dict[str, Deed] = {
    deed.__name__: deed
    for deed in (
        arrives, is_twinned, is_filed, is_copied, is_purged, is_marked_deleted, is_renamed, is_renumbered, is_changed,
        is_merged,
    )
}


def some_cards(world: World, random: Random) -> MemorySource:
    """Folders of cards, some called as folders of mail are."""
    folders = [SourceFolder((name,), name) for name in random.sample(NAMES, 2)]
    return MemorySource({
        folder: [replace(world.letter(random), marks=Marks(), size=None) for _ in range(random.randrange(4))]
        for folder in folders
    })


def an_account(world: World, random: Random) -> MemorySource:
    """An account with a few folders."""
    inbox = SourceFolder(("INBOX",), "INBOX", Role.INBOX)
    others = [SourceFolder((name,), name) for name in random.sample(NAMES, random.randrange(3))]
    kind = MemoryExchange if world.from_exchange else MemorySource
    return kind({folder: [world.letter(random) for _ in range(random.randrange(9))] for folder in (inbox, *others)})
