"""An engine that writes one field otherwise than it is would be caught by the judges of contacts, groups and tasks.

What it writes is changed on the way to the new mailbox: so no line of it is named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.recovery.engine.test_items_seeded import judged
from tests.servers.altering import Alteration, altering
from tests.servers.items import group_seeds, note_seeds, people_seeds, task_seeds
from tests.servers.items.moving import Moving, moving
from tests.servers.items.seeds import Seed


def _in(find: str, instead: str) -> Alteration:
    """Puts something in the place of what is found in requests that create or change."""

    def altered(body: bytes) -> bytes:
        words = body.decode()
        return (
            re.sub(find, instead, words, flags=re.DOTALL).encode()
            if re.search("<m:(Create|Update)[A-Z][a-z]+[ >]", words)
            else body
        )

    return altered


def seeds() -> list[Seed]:
    """An item of each kind with all that it may have."""
    return [
        people_seeds.full(0),
        *group_seeds.people()[:2],
        group_seeds.group(
            "outer",
            group_seeds.nested("within"),
            group_seeds.contact("Zofia"),
            group_seeds.alone("x@example.net", "Xavier"),
        ),
        group_seeds.group("within", group_seeds.contact("Борис")),
        task_seeds.full(1),
        *(one for one in task_seeds.progress() if one.name.startswith("done 2009")),
        note_seeds.note("note\nwords", 2),
    ]


# One of each kind of field; what stands in the place of what.
ALTERATIONS = {
    "a text": _in("Head of 0", "Head of 1"),
    "a field that is missing": _in("<t:Profession>[^<]*</t:Profession>", ""),
    "the name of an address": _in('Name="Home"', 'Name="House"'),
    "an address": _in("two0@example.net", "too0@example.net"),
    "a phone": _in(r'Key="Pager">[^<]*<', 'Key="Pager">1<'),
    "a town": _in("<t:City>Krak(&#243;|ó)w</t:City>", "<t:City>Krakow</t:City>"),
    "a day": _in("1971-06-05", "1971-06-04"),
    "children": _in("<t:String>M(&#322;|ł)odszy</t:String>", ""),
    "notes": _in("&lt;b&gt;", "&lt;i&gt;"),
    "categories": _in("<t:String>Red</t:String>", ""),
    "private": _in("<t:Sensitivity>Private</t:Sensitivity>", ""),
    "hobbies": _in("Chess &amp; go", "Chess"),
    "a photo": _in("/9j/4AAB", "/9j/4AAC"),
    "whether it is a photo": _in("<t:IsContactPhoto>true</t:IsContactPhoto>", ""),
    "the name of a member": _in("<t:Name>Xavier</t:Name>", "<t:Name>x</t:Name>"),
    "a member": _in("<t:EmailAddress>x@example.net</t:EmailAddress>", "<t:EmailAddress>y@example.net</t:EmailAddress>"),
    "due": _in("<t:DueDate>2029-05-09T22:00:00Z", "<t:DueDate>2029-05-09T21:00:00Z"),
    "done": _in("2009-08-07T00:00:00Z", "2009-08-08T00:00:00Z"),
    "work": _in("<t:ActualWork>91<", "<t:ActualWork>90<"),
    "rings": _in("2029-05-08T07:00:00Z", "2029-05-08T08:00:00Z"),
    "a user's field": _in("K-4711", "K-4712"),
    "a file": _in("AAECAwQ", "AAECAwR"),
    "a colour": _in(r'(PropertyId="35584" PropertyType="Integer"/><t:Value>)2', r"\g<1>3"),
    "words": _in("words</t:Body>", "word</t:Body>"),
}


@contextmanager
def written_as(directory: Path, alteration: Alteration) -> Iterator[tuple[Moving, list[bytes]]]:
    """Items of each kind, and what was changed on their way."""
    changed: list[bytes] = []

    def noted(body: bytes) -> bytes:
        after = alteration(body)
        if after != body:
            changed.append(after)
        return after

    with moving(directory, seeds()) as at:
        real = at.at.connectors.destination
        with altering(int(at.at.emulator.url.rsplit(":", 1)[1].split("/")[0]), noted) as port:
            at.at.connectors.destination = lambda account, password: real(replace(account, port=port), password)  # type: ignore[method-assign]  # another way to the same
            yield at, changed


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_what_is_written_otherwise_is_seen(tmp_path: Path, kind: str) -> None:
    """Each kind of field has a judge."""
    with written_as(tmp_path, ALTERATIONS[kind]) as (at, changed):
        with pytest.raises(AssertionError) as seen:
            judged(at)

        assert changed
        assert "test_items_seeded" in str(seen.traceback[-1].path), seen


def test_what_is_written_as_it_is_passes(tmp_path: Path) -> None:
    """The way itself changes nothing."""
    with written_as(tmp_path, lambda body: body) as (at, changed):
        judged(at)

    assert changed == []
