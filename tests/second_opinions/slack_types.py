"""What Slack's own TypeScript types (npm's @slack/types) say of the messages and views that the tests sent or drew.

They know no limits of length; those are the emulator's, from Slack's documentation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import npm

TYPES = {"block": "KnownBlock", "message": "Message", "modal": "ModalView", "home": "HomeView"}
SOURCE = """import type { HomeView, KnownBlock, MessageMetadata, ModalView } from '@slack/types';
interface Message { text?: string; metadata?: MessageMetadata }
"""
# Tests that send what is wrong, to see the emulator refuse it. Of theirs, only what it took is looked at.
REFUSALS = ("tests/unit/emulators_slack/", "tests/unit/servers/test_signed_world.py")
LONGEST = 30        # lines that are said of one shape
COMPLAINT = re.compile(r"\S*payloads\.ts\((\d+),\d+\): ")


@dataclass(frozen=True, slots=True)
class Sent:
    """A line that `emulators/slack_shapes.py` has written: a shape, and one that sent or drew it."""

    kind: str
    shape: str
    sent: str
    test: str
    refused: bool


def recorded(folder: Path) -> list[Sent]:
    """Each shape once, in the order of kinds and shapes."""
    lines = [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    found = [each for each in (Sent(**json.loads(line)) for line in lines)
             if not (each.refused and each.test.startswith(REFUSALS))]
    by_shape = {(each.kind, each.shape): each for each in found}
    return [by_shape[key] for key in sorted(by_shape)]


def complaints(found: Sequence[Sent], directory: Path) -> list[str]:
    """Everything that the compiler, at its strictest, does not accept: who sent it, the shape, the compiler's words.

    `directory` holds no other source. Raises npm.NotInstalledError where the packages are not there yet.
    """
    if not npm.ready():
        raise npm.NotInstalledError(npm.MISSING if not npm.installed() else "its packages are not installed")
    lines = [f"({each.shape}) satisfies {TYPES[each.kind]};" for each in found]
    (directory / "payloads.ts").write_text("\n".join([*SOURCE.splitlines(), *lines]), "utf-8")
    return list(_of_each(found, npm.typescript(directory / "payloads.ts")))


def _of_each(found: Sequence[Sent], said: str) -> Iterator[str]:
    """The compiler says a line of each complaint; those that explain it are indented."""
    before = len(SOURCE.splitlines())
    for part in re.split(r"\n(?=\S)", said) if said else ():
        at = COMPLAINT.match(part)
        if at is None:
            yield f"the TypeScript compiler: {part}"
            continue
        of = found[int(at[1]) - before - 1]
        words = "\n".join(part[at.end():].splitlines()[:LONGEST])
        yield f"{of.sent}, in {of.test}: Slack's types refuse this {of.kind}\n{of.shape}\n{words}"
