"""The picture of a contact: fetched from where Google names it, in the largest size of such pictures there."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.attached import Attached, file_attached
from engine.connectors.google.contacts.person import given, own
from engine.connectors.google.rest.asking import Asking, Json
from engine.errors import RefusedError, RetryableError

NAME = "ContactPicture.jpg"     # whatever its format ([MS-OXOCNTC] 2.2.1.8.3): programs look for a photo by this name
PIXELS = 720                    # as large as Google shows a contact; the address that it lists is of a small picture
LARGEST = 8 * 1024 * 1024       # bytes
TRIES = 3                       # of one photo
IN_A_ROW = 6                    # photos that could not be had, before one try is enough for each
LOST = "its photo could not be had from Google, and is not carried"
NO_PICTURE = "its photo is no picture of a kind that OMM knows, and is not carried"
KINDS = (
    (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"), (b"BM", "image/bmp"),
)
_WEBP = slice(8, 12)


@dataclass(slots=True)
class Photos:
    """Fetches photos, for one thread. One that cannot be had costs its contact nothing else."""

    tries: Counter[str] = field(default_factory=Counter)
    in_a_row: int = 0

    def of(self, person: Json, asking: Asking) -> Attached | str | None:
        """The picture that the owner has given a contact; words for the report where it is not to be had; None: none.

        Raises RetryableError where Google may give it later.
        """
        url = next(_urls(person), "")
        if not url:
            return None
        try:
            content = self._fetched(asking, _sized(url)) or self._fetched(asking, url)
        except RefusedError:
            return LOST
        except RetryableError:
            self.tries[str(person["resourceName"])] += 1
            self.in_a_row += 1
            if self.tries[str(person["resourceName"])] < TRIES and self.in_a_row < IN_A_ROW:
                raise
            return LOST
        self.in_a_row = 0
        return _attached(content)

    def _fetched(self, asking: Asking, url: str) -> bytes:
        return asking.fetched(url, largest=LARGEST, once=self.in_a_row >= IN_A_ROW)


def _urls(person: Json) -> Iterator[str]:
    yield from (str(one["url"]) for one in given(own(person, "photos")) if one.get("url"))


def _sized(url: str) -> str:
    """The address of the same picture at a size of its own (people.v1, Photo.url)."""
    return f"{url}{'&' if '?' in url else '?'}sz={PIXELS}"


def _attached(content: bytes) -> Attached | str:
    if not content:
        return LOST
    kind = _kind(content)
    if kind is None:
        return NO_PICTURE
    found = xml.new("FileAttachment")
    xml.add(found, "Name", NAME)
    xml.add(found, "ContentType", kind)
    xml.add(found, "IsContactPhoto", "true")
    xml.add(found, "Content", b64encode(content).decode())
    return file_attached(found) or LOST


def _kind(content: bytes) -> str | None:
    """The type of a picture, by how it begins."""
    if content.startswith(b"RIFF") and content[_WEBP] == b"WEBP":
        return "image/webp"
    return next((kind for begins, kind in KINDS if content.startswith(begins)), None)
