"""Sticky notes as Outlook leaves them: messages of a class of their own, with a colour and a place on the screen."""

from __future__ import annotations

from collections.abc import Iterator

from tests.servers.items.seeds import NOTE, SCRIPTS, Seed, Value, body, named

COLOURS = ("Blue", "Green", "Pink", "Yellow", "White")  # [MS-OXONOTE] 2.2.1.1, 0 to 4
ICON = "tag:0x1080"  # PidTagIconIndex: 0x300 and the colour ([MS-OXONOTE] 2.2.2.4)
LOOKS = (0x8B00, 0x8B02, 0x8B03, 0x8B04, 0x8B05)  # PidLidNoteColor, -Width, -Height, -X, -Y


def note(
    words: str, colour: int = 3, *, size: tuple[int, int, int, int] = (200, 166, 110, 111), **more: object
) -> Seed:
    """A note; its first line is its subject."""
    looks: dict[str, Value] = {
        named(NOTE, number): ("Integer", str(value)) for number, value in zip(LOOKS, (colour, *size), strict=True)
    }
    looks[ICON] = ("Integer", str(0x300 + colour))
    subject = words.partition("\n")[0].strip()[:255]
    return Seed(subject, "Message", body(words) if words else {}, looks, item_class="IPM.StickyNote", **more)  # type: ignore[arg-type]  # the rest of a seed


def notes() -> Iterator[Seed]:
    """Twenty."""
    for number, colour in enumerate(COLOURS):
        yield note(f"{colour} one\nMilk and eggs", number)
    for number, (first, last, town) in enumerate(SCRIPTS):
        yield note(
            f"{first} {last}\n{town}\n& <more>",
            number % 5,
            size=(300 + number, 400, 0, 5),
            categories=("Red",) * (number % 2),
        )
    yield note("")
    yield note("long " + "Zażółć gęślą jaźń. " * 12_000)
    yield note("in the kitchen", place=("Notes", "Kitchen"))
    yield note("deeper", 1, place=("Notes", "Kitchen", "Shelf"), categories=("Blue", "A & b"))
    yield note("off the screen", size=(1, 1, -2_000, -300))
    yield note("in the bin", place=("Deleted Items", "Old notes"))
    yield note("twin\nof one text")
    yield note("only a line", 2, importance="High", sensitivity="Private")
