"""A performance: where it speaks, its servers, and what was not as it should be."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.google import Google, google
from demo.mailbox import opened
from demo.servers import OLD_LOGIN, Servers, servers
from demo.truth import Place, Seen, differences, expected, expected_folders
from terminal.output import Output

OWN = "Note to self: book the train to Lyon"
NAMED = 20          # differences that are told


@dataclass(slots=True)
class Story:
    """One performance. `faults` is everything that was not as it should be."""

    out: Output
    servers: Servers
    google: Google
    directory: Path
    faults: list[str] = field(default_factory=list)

    def scene(self, words: str) -> None:
        """Announces what comes."""
        self.out.say("", f"== {words}")

    def judge(self, good: str, wrong: list[str]) -> None:
        """Says `good`, or what is wrong."""
        self.out.say(*[f"   {each}" for each in wrong[:NAMED]] or [f"   {good}"])
        if len(wrong) > NAMED:
            self.out.say(f"   and {len(wrong) - NAMED} more")
        self.faults += wrong

    def look(self) -> tuple[list[Place], list[Seen]]:
        """The mailbox as another program shows it: its folders, and its messages."""
        with opened(self.servers.destination) as mailbox:
            return list(mailbox.folders()), list(mailbox.messages())

    def verify(self) -> None:
        """What arrived is what was there."""
        self.scene("Reading the new mailbox back with another program, and comparing every message with the original.")
        folders, messages = self.look()
        wanted = expected()
        missing = [f"missing: the folder {'/'.join(place)}" for place in sorted(expected_folders() - set(folders))]
        good = (
            f"{len(wanted)} messages in {len(expected_folders())} folders: every one is there, with its folder, "
            "subject, text, files, date and categories, and whether it is read, flagged or a draft."
        )
        self.judge(good, missing + differences(wanted, messages))

    def write_own(self) -> None:
        """The owner begins to use the new mailbox."""
        self.scene("The owner writes a message of their own into the new mailbox.")
        with opened(self.servers.destination) as mailbox:
            mailbox.write(OWN, "Thursday, by the window.")
        self.out.say(f"   “{OWN}”")

    def verify_left(self, folders_before: set[Place]) -> None:
        """Only what the owner wrote is left, in the folders that were there before."""
        self.scene("Reading the mailbox back once more.")
        folders, messages = self.look()
        wrong = [f"left behind: {'/'.join(m.folder)}: {m.subject}" for m in messages if m.subject != OWN]
        wrong += [] if any(m.subject == OWN for m in messages) else ["the owner's own message is gone"]
        wrong += [f"left behind: the folder {'/'.join(place)}" for place in sorted(set(folders) - folders_before)]
        wrong += [f"gone: the folder {'/'.join(place)}" for place in sorted(folders_before - set(folders))]
        self.judge("Only the owner's own message is left, and the folders are those from before.", wrong)

    def verdict(self) -> int:
        """The exit status: 0 only if everything was as it should be."""
        if self.faults:
            self.scene(f"Not everything was as it should be ({len(self.faults)}).")
            return 1
        self.scene("Everything was as it should be.")
        return 0

    def stays_up(self) -> bool:
        """Whether somebody sits there who may want to go on by hand."""
        return sys.stdin.isatty() and self.out.stream.isatty() and os.environ.get("OMM_DEMO_EXIT") != "1"

    def until_enter(self) -> None:
        """Waits for the person."""
        self.out.say("", "Press Enter to stop everything.")
        try:
            input()
        except (EOFError, KeyboardInterrupt):
            self.out.say("")


@contextmanager
def stage(out: Output, *, others: Sequence[str] = ()) -> Iterator[Story]:
    """All servers, and a directory that is gone afterwards. `others` have an empty mailbox at the destination, too."""
    with (
        TemporaryDirectory(prefix="omm-demo-") as name, google(Path(name) / "google") as gmail,
        servers(Path(name), others=[OLD_LOGIN, *others]) as running,
    ):
        ready = gmail()
        with running.ca_file.open("ab") as authorities:
            authorities.write(ready.ca_file.read_bytes())
        yield Story(out, running, ready, Path(name))
