"""What lies in a mailbox beside mail and appointments: one value an item, as a server holds it.

What a server stores of it is in planting.py; people_seeds.py, group_seeds.py, task_seeds.py and note_seeds.py say
what there is.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emulators.exchange.soap import text

ADDRESS = "{00062004-0000-0000-c000-000000000046}"
COMMON = "{00062008-0000-0000-c000-000000000046}"
TASK = "{00062003-0000-0000-c000-000000000046}"
NOTE = "{0006200e-0000-0000-c000-000000000046}"
STRINGS = "{00020329-0000-0000-c000-000000000046}"  # PS_PUBLIC_STRINGS, where the fields of users lie
HOMES = {"Contact": "Contacts", "DistributionList": "Contacts", "Task": "Tasks", "Message": "Notes"}
Value = tuple[str, str | list[str]]  # the PropertyType of EWS, and what it holds

# Six writing systems, and what is in none: people and the places where they live.
SCRIPTS: Sequence[tuple[str, str, str]] = (
    ("Zoë", "D’Ávila-Łódź", "Kraków"),
    ("Анна", "Соколова", "Санкт-Петербург"),
    ("Ελένη", "Παπαδοπούλου", "Θεσσαλονίκη"),
    ("ليلى", "الحسن", "القاهرة"),
    ("花子", "山田", "東京都"),
    ("प्रिया", "शर्मा", "मुंबई"),
    ("👩‍🚀", "🎂 \u202eright to left\u202c", "🌍"),
)


@dataclass(frozen=True, slots=True)
class File:
    """What is attached: a file of those bytes, or an item, which is its element."""

    name: str
    content: bytes = b""
    kind: str = "application/octet-stream"
    photo: bool = False
    inline: bool = False
    content_id: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group. `of` is the item that it refers to, by its name; "" of one that is an address alone.

    `gone`: what it refers to has been deleted.
    """

    name: str
    address: str = ""
    routing: str = "SMTP"
    kind: str = "OneOff"
    of: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Seed:
    """One item. `name` is its subject; `place` is its folder from below the top of the mailbox, () for the usual one.

    `elements` are fragments by their names, `properties` MAPI properties by their paths as the emulator writes them.
    `since` is the version of the schema that has all of its elements.
    """

    name: str
    kind: str
    elements: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Value] = field(default_factory=dict)
    files: Sequence[File] = ()
    members: Sequence[Member] = ()
    categories: Sequence[str] = ()
    place: tuple[str, ...] = ()
    sensitivity: str = "Normal"
    importance: str = "Normal"
    item_class: str = ""
    flag: Mapping[str, str] = field(default_factory=dict)
    since: str = "Exchange2010"

    @property
    def path(self) -> tuple[str, ...]:
        """Where it lies."""
        return self.place or (HOMES[self.kind],)


def told(**each: str) -> dict[str, str]:
    """Elements of text, by their names."""
    return {name: f"<t:{name}>{text(value)}</t:{name}>" if value else f"<t:{name}/>" for name, value in each.items()}


def strings(name: str, *each: str) -> dict[str, str]:
    """An element that holds several texts."""
    return {name: f"<t:{name}>{''.join(f'<t:String>{text(one)}</t:String>' for one in each)}</t:{name}>"}


def body(words: str, kind: str = "Text") -> dict[str, str]:
    """The notes of an item."""
    return {"Body": f'<t:Body BodyType="{kind}">{text(words)}</t:Body>'}


def named(where: str, number: int) -> str:
    """The path of a property with a number in a set."""
    return f"{where}/id:{number}"


def users_field(name: str) -> str:
    """The path of a field that a user has defined."""
    return f"{STRINGS}/name:{name}"


DEFINITIONS = named(COMMON, 0x8540)  # PidLidPropertyDefinitionStream
# Of a field of each type that Outlook offers: its type in EWS, its VARENUM, its InternalType, and a value.
USERS_FIELDS: Mapping[str, tuple[str, int, int, str | list[str]]] = {
    "Customer number": ("String", 0x0008, 0, "K-4711 & Söhne"),
    "Score": ("Double", 0x0005, 1, "12.5"),
    "Is a member": ("Boolean", 0x000B, 4, "true"),
    "Member since": ("SystemTime", 0x0007, 5, "2011-04-05T06:07:08Z"),
    "Children's ages": ("Integer", 0x0003, 14, "7"),
    "Топливо": ("String", 0x0008, 0, "дизель"),
}


def users_fields(*names: str) -> dict[str, Value]:
    """Fields that a user has defined, with the definitions that Outlook keeps beside them."""
    found: dict[str, Value] = {users_field(name): (USERS_FIELDS[name][0], USERS_FIELDS[name][3]) for name in names}
    return found | {DEFINITIONS: ("Binary", base64_of(definitions(*names)))}


def base64_of(raw: bytes) -> str:
    """Bytes, as EWS writes them."""
    return b64encode(raw).decode()


def definitions(*names: str) -> bytes:
    """The definitions of fields, of the version PropDefV2 (Microsoft, "PropertyDefinition stream structure").

    A field: flags (custom, printed by Save As), its VARENUM, no dispatch id, its name in UTF-16 and in ANSI, no
    formula, no rule, no text, no error, its InternalType, its name once more as a skip block, and the empty last block.
    """
    found = struct.pack("<HI", 0x0103, len(names))
    for name in names:
        _, variant, internal, _ = USERS_FIELDS[name]
        wide, ansi = name.encode("utf-16-le"), name.encode("cp1252", "replace")
        block = bytes([len(name)]) + wide
        found += struct.pack("<IHIH", 0x45, variant, 0, len(name)) + wide + bytes([len(ansi)]) + ansi + bytes(4)
        found += struct.pack("<II", internal, len(block)) + block + bytes(4)
    return found
