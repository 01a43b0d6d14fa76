"""The play: one whole migration between two servers on this machine, told as it happens, and checked from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.mailbox import opened
from demo.servers import Servers, servers
from demo.truth import Place, Seen, differences, expected, expected_folders
from terminal.output import Output

OWN = "Note to self: book the train to Lyon"
NAMED = 20          # differences that are told
OMM = [sys.executable, "-c", "import sys; sys.argv[0] = 'omm'; import cli; sys.exit(cli.main())"]


@dataclass(slots=True)
class Story:
    """One performance. `faults` is everything that was not as it should be."""

    out: Output
    servers: Servers
    directory: Path
    faults: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """What `omm` is told by its environment: a state of its own, the certificates, the passwords."""
        return {
            "OMM_STATE_DIR": str(self.directory / "state"),
            "XDG_CONFIG_HOME": str(self.directory / "config"),
            "OMM_CA_FILE": str(self.servers.ca_file),
            "OMM_SOURCE_PASSWORD": self.servers.source.password,
            "OMM_DESTINATION_PASSWORD": self.servers.destination.password,
        }

    def scene(self, words: str) -> None:
        """Announces what comes."""
        self.out.say("", f"== {words}")

    def omm(self, *arguments: str) -> None:
        """Runs a command as a person would, and lets it speak for itself."""
        self.out.say(f"$ omm {' '.join(arguments)}")
        status = subprocess.run([*OMM, *arguments], env=self._environment(), check=False).returncode  # noqa: S603 - our own words
        if status:
            self.faults.append(f"omm {arguments[0]} ended with exit status {status}")

    def answer(self, *arguments: str) -> dict[str, Any]:
        """What a command answers to a program."""
        command = [*OMM, *arguments, "--json"]
        done = subprocess.run(command, env=self._environment(), capture_output=True, check=False)  # noqa: S603 - our own words
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def newest(self) -> dict[str, Any]:
        """The task that was made last; empty when there is none."""
        return next(iter(self.answer("status")["tasks"]), {})

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("OMM_")}
        return ours | self.settings

    def judge(self, good: str, wrong: list[str]) -> None:
        """Says `good`, or what is wrong."""
        self.out.say(*[f"   {each}" for each in wrong[:NAMED]] or [f"   {good}"])
        if len(wrong) > NAMED:
            self.out.say(f"   and {len(wrong) - NAMED} more")
        self.faults += wrong


Interruption = Callable[[Story], None]


def play(out: Output, *, after_migration: Interruption = lambda _story: None) -> int:
    """Plays it from beginning to end; 0 only if everything was as it should be.

    `after_migration` is called between the first migration and the look at what it brought.
    """
    out.say("Two servers on this machine: an IMAP server with a sample mailbox, and a stand-in for Exchange.")
    with _stage(out) as story:
        accounts = (story.servers.source.url, story.servers.destination.url)
        before = _look(story)
        check(story, accounts)
        task = migrate(story, accounts)
        after_migration(story)
        verify(story)
        write_own(story)
        repeat(story, accounts)
        roll_back(story, task)
        verify_left(story, set(before[0]))
        return _verdict(story, accounts)


@contextmanager
def _stage(out: Output) -> Iterator[Story]:
    with tempfile.TemporaryDirectory(prefix="omm-demo-") as name, servers(Path(name)) as running:
        yield Story(out, running, Path(name))


def _look(story: Story) -> tuple[list[Place], list[Seen]]:
    """The mailbox as another program shows it: its folders, and its messages."""
    with opened(story.servers.destination) as mailbox:
        return list(mailbox.folders()), list(mailbox.messages())


def check(story: Story, accounts: tuple[str, str]) -> None:
    """Both sides let us in."""
    story.scene("First a look at both sides. Nothing is changed by it.")
    story.omm("check", *accounts)


def migrate(story: Story, accounts: tuple[str, str]) -> str:
    """The mailbox moves; the task ID."""
    story.scene("Now the mailbox moves.")
    story.omm("migrate", *accounts)
    return str(story.newest().get("task_id", ""))


def verify(story: Story) -> None:
    """What arrived is what was there."""
    story.scene("Reading the new mailbox back with another program, and comparing every message with the original.")
    folders, messages = _look(story)
    wanted = expected()
    missing = [f"missing: the folder {'/'.join(place)}" for place in sorted(expected_folders() - set(folders))]
    good = (
        f"{len(wanted)} messages in {len(expected_folders())} folders: every one is there, with its folder, subject, "
        "text, files, date and categories, and whether it is read, flagged or a draft."
    )
    story.judge(good, missing + differences(wanted, messages))


def write_own(story: Story) -> None:
    """The owner begins to use the new mailbox."""
    story.scene("The owner writes a message of their own into the new mailbox.")
    with opened(story.servers.destination) as mailbox:
        mailbox.write(OWN, "Thursday, by the window.")
    story.out.say(f"   “{OWN}”")


def repeat(story: Story, accounts: tuple[str, str]) -> None:
    """The same again: nothing comes twice."""
    story.scene("The same migration once more: nothing may come twice.")
    story.omm("migrate", *accounts)
    sums = story.newest().get("contents", {}).get("mail", {})
    as_wanted = sums.get("copied") == 0 and sums.get("already_there") == sums.get("found") == len(expected())
    wrong = [] if as_wanted else [f"the second run's sums are {sums}"]
    story.judge("Nothing was copied, all was there already.", wrong)


def roll_back(story: Story, task: str) -> None:
    """Everything back."""
    story.scene("And back: what the first run brought is removed, and nothing else.")
    story.omm("rollback", task, "--yes")


def verify_left(story: Story, folders_before: set[Place]) -> None:
    """Only what the owner wrote is left, in the folders that were there before."""
    story.scene("Reading the mailbox back once more.")
    folders, messages = _look(story)
    wrong = [f"left behind: {'/'.join(m.folder)}: {m.subject}" for m in messages if m.subject != OWN]
    wrong += [] if any(m.subject == OWN for m in messages) else ["the owner's own message is gone"]
    wrong += [f"left behind: the folder {'/'.join(place)}" for place in sorted(set(folders) - folders_before)]
    wrong += [f"gone: the folder {'/'.join(place)}" for place in sorted(folders_before - set(folders))]
    story.judge("Only the owner's own message is left, and the folders are those from before.", wrong)


def _verdict(story: Story, accounts: tuple[str, str]) -> int:
    if story.faults:
        story.scene(f"Not everything was as it should be ({len(story.faults)}).")
        return 1
    story.scene("Everything was as it should be.")
    if sys.stdin.isatty() and story.out.stream.isatty() and os.environ.get("OMM_DEMO_EXIT") != "1":
        _go_on_by_hand(story, accounts)
    return 0


def _go_on_by_hand(story: Story, accounts: tuple[str, str]) -> None:
    """Leaves the servers up, with what is needed to use them."""
    names = {"SOURCE": accounts[0], "DESTINATION": accounts[1], **story.settings}
    path = story.directory / "env"
    path.touch(mode=0o600)
    path.write_text("".join(f"export {name}={_quoted(value)}\n" for name, value in names.items()), encoding="utf-8")
    source, destination = story.servers.source, story.servers.destination
    story.out.say(
        "",
        "Both servers stay up. To go on by hand, in another terminal in this directory:",
        f"   . {path}",
        '   .venv/bin/omm migrate "$SOURCE" "$DESTINATION"',
        "   .venv/bin/omm status",
        "",
        f"   IMAP:     {source.host}, port {source.port}, STARTTLS; login {source.login}; password {source.password}",
        f"   Exchange: {destination.service}; login {destination.login}; password {destination.password}",
        "",
        "Press Enter to stop them.",
    )
    try:
        input()
    except (EOFError, KeyboardInterrupt):
        story.out.say("")


def _quoted(value: str) -> str:
    """For a shell."""
    return "'" + value.replace("'", "'\\''") + "'"
