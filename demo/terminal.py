"""The play: one whole migration between two servers on this machine, told as it happens, and checked from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from demo import second_act, third_act
from demo.google import Google
from demo.program import OURS
from demo.servers import OLD_LOGIN, Exchange
from demo.story import Story, stage
from demo.truth import expected
from emulators.sample_mailbox.server import SampleServer
from terminal.output import Output

LEAVE_OFF = "--leave-out-of-office-off"
OMM = [sys.executable, "-c", "import sys; sys.argv[0] = 'omm'; import cli; sys.exit(cli.main())"]


@dataclass
class Terminal:
    """A person at a terminal who plays a story by the command `omm`."""

    story: Story
    other: Exchange | Google | None = None

    @property
    def source(self) -> SampleServer | Exchange | Google:
        """The account that is left: the one on IMAP, or another one."""
        return self.other or self.story.servers.source

    @property
    def accounts(self) -> tuple[str, str]:
        """Both accounts, as they are typed."""
        return self.source.url, self.story.servers.destination.url

    @property
    def settings(self) -> dict[str, str]:
        """What `omm` is told by its environment: a state of its own, the certificates, the passwords."""
        source = self.source
        opens = self.of_google if isinstance(source, Google) else {"OMM_SOURCE_PASSWORD": source.password}
        return {
            "OMM_STATE_DIR": str(self.story.directory / "state"),
            "XDG_CONFIG_HOME": str(self.story.directory / "config"),
            "OMM_CA_FILE": str(self.story.servers.ca_file),
            "OMM_DESTINATION_PASSWORD": self.story.servers.destination.password,
            "OMM_ENV_FILE": "",
            **opens,
        }

    @cached_property
    def of_google(self) -> Mapping[str, str]:
        """What opens the Gmail account, and where it is."""
        return self.story.google.for_the_terminal()

    def omm(self, *arguments: str) -> None:
        """Runs a command as a person would, and lets it speak for itself."""
        self.story.out.say(f"$ omm {' '.join(arguments)}")
        status = subprocess.run([*OMM, *arguments], env=self._environment(), check=False).returncode  # noqa: S603 - our own words
        if status:
            self.story.faults.append(f"omm {arguments[0]} ended with exit status {status}")

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
        ours = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return ours | self.settings


Interruption = Callable[[Story], None]


def play(out: Output, *, after_migration: Interruption = lambda _story: None) -> int:
    """Plays it from beginning to end; 0 only if everything was as it should be.

    `after_migration` is called between the first migration and the look at what it brought.
    """
    out.say("On this machine: an IMAP server with a sample mailbox, and stand-ins for Exchange and Gmail.")
    with stage(out) as story:
        terminal = Terminal(story)
        before = story.look()
        check(terminal)
        task = migrate(terminal)
        after_migration(story)
        story.verify()
        story.write_own()
        repeat(terminal)
        roll_back(terminal, task)
        story.verify_left(set(before[0]))
        move_from_exchange(story)
        move_from_gmail(story)
        status = story.verdict()
        if status == 0 and story.stays_up():
            _go_on_by_hand(terminal)
        return status


def check(terminal: Terminal) -> None:
    """Both sides let us in."""
    terminal.story.scene("First a look at both sides. Nothing is changed by it.")
    terminal.omm("check", *terminal.accounts)


def migrate(terminal: Terminal, *options: str) -> str:
    """The mailbox moves; the task ID."""
    terminal.story.scene("Now the mailbox moves.")
    terminal.omm("migrate", *terminal.accounts, *options)
    return str(terminal.newest().get("task_id", ""))


def repeat(terminal: Terminal) -> None:
    """The same again: nothing comes twice."""
    terminal.story.scene("The same migration once more: nothing may come twice.")
    terminal.omm("migrate", *terminal.accounts)
    sums = terminal.newest().get("contents", {}).get("mail", {})
    as_wanted = sums.get("copied") == 0 and sums.get("already_there") == sums.get("found") == len(expected())
    wrong = [] if as_wanted else [f"the second run's sums are {sums}"]
    terminal.story.judge("Nothing was copied, all was there already.", wrong)


def roll_back(terminal: Terminal, task: str) -> None:
    """Everything back."""
    terminal.story.scene("And back: what this migration brought is removed, and nothing else.")
    terminal.omm("rollback", task, "--yes")


def move_from_exchange(story: Story) -> None:
    """The second act."""
    act = second_act.begin(story)
    terminal = Terminal(story, act.source)
    task = migrate(terminal, LEAVE_OFF)
    act.verify()
    story.scene("The same migration once more: of no content may anything come twice.")
    terminal.omm("migrate", *terminal.accounts)     # the replies are there, switched off, and stay so
    act.verify_second(terminal.newest().get("contents", {}))
    roll_back(terminal, task)
    act.verify_left()


def move_from_gmail(story: Story) -> None:
    """The third act. Nobody is asked for consent here: an administrator of the domain has a service account let in."""
    act = third_act.begin(story)
    story.out.say("   The administrator of its domain has let a service account of OMM's in, so no browser is needed.")
    terminal = Terminal(story, story.google)
    task = migrate(terminal)
    act.verify()
    story.scene("The same migration once more: nothing may come twice.")
    terminal.omm("migrate", *terminal.accounts)
    contents = terminal.newest().get("contents", {})
    act.verify_second(contents.get("mail", {}), {name: sums.get("copied", 0) for name, sums in contents.items()})
    roll_back(terminal, task)
    act.verify_left()


def _go_on_by_hand(terminal: Terminal) -> None:
    """Leaves the servers up, with what is needed to use them."""
    story, accounts = terminal.story, terminal.accounts
    names = {
        "SOURCE": accounts[0], "GMAIL": story.google.url, "DESTINATION": accounts[1], **terminal.settings,
        **terminal.of_google,
    }
    path = story.directory / "env"
    path.touch(mode=0o600)
    path.write_text("".join(f"export {name}={_quoted(value)}\n" for name, value in names.items()), encoding="utf-8")
    source, destination = story.servers.source, story.servers.destination
    story.out.say(
        "",
        "All servers stay up. To go on by hand, in another terminal in this directory:",
        f"   . {path}",
        '   .venv/bin/omm migrate "$SOURCE" "$DESTINATION"',
        '   env -u OMM_SOURCE_PASSWORD .venv/bin/omm migrate "$GMAIL" "$DESTINATION"',
        "   .venv/bin/omm status",
        "",
        f"   IMAP:     {source.host}, port {source.port}, STARTTLS; login {source.login}; password {source.password}",
        f"   Exchange: {destination.service}; login {destination.login}; password {destination.password}",
        f"   The old mailbox on the same Exchange has the login {OLD_LOGIN} and the same password.",
        "   A service account opens Gmail. Where an app password is set, omm takes that first: so it is unset.",
    )
    story.until_enter()


def _quoted(value: str) -> str:
    """For a shell."""
    return "'" + value.replace("'", "'\\''") + "'"
