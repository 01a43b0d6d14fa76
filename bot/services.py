"""Services: everything that conversations and jobs work with, built by wiring/ and passed along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.stored.audit import Audit
from bot.stored.audit_entries import Surface
from bot.stored.threads import Threads
from engine.clock import utc_now
from engine.migration.visit import Engine
from engine.ports.looking_up import LookUp, finds_nothing

if TYPE_CHECKING:       # the terminal steers without Slack's library, and starts without what only conversations need
    from slack_sdk import WebClient

    from bot.links import Links
    from bot.offers import Offers
    from bot.people import People
    from bot.stored.approvals import Approvals
    from bot.stored.consents import Consents
    from bot.stored.deletions import Deletions
    from bot.stored.drafts import Drafts
    from bot.stored.guesses import Guesses
    from bot.stored.lists import Lists
    from bot.stored.one_time import OneTimeLinks
    from bot.stored.opened_homes import OpenedHomes
    from bot.stored.outbox import Outbox
    from bot.stored.policies import Policies
    from bot.stored.room import Room
    from bot.stored.web_sessions import WebSessions
    from bot.work.crews import Crews
    from engine.ports.consent import Consenting


class Jobs(Protocol):
    """Work to be done by another process. An order is kept until it is done; the same order again is one order."""

    def check(self, draft_id: str, generation: int) -> None:
        """Sign in to both sides of a draft, say in its form what is wrong, or start its migration."""
        ...

    def look(self, draft_id: str, generation: int) -> None:
        """Look at both sides of a draft, and say in its form what a migration would do. It starts nothing."""
        ...

    def migrate(self, task_id: str) -> None:
        """Drive a migration until it ends, is paused, or needs attention."""
        ...

    def count(self, task_id: str, view_id: str, user: str, *, writes: bool = False) -> None:
        """Count what a rollback would remove, into the dialog that `user` has open as `view_id`.

        `writes`: where they have closed it, they get a message with a button that opens it.
        """
        ...

    def page_used(self, about: str, view_id: str, user: str, *, then: str = "") -> None:
        """Draw the form or window anew whose passwords were typed on the private page. `about` is its form or task.

        `then` is what waited for them, '' for a form.
        """
        ...

    def consent(self, about: str, consent_id: str, user: str) -> None:
        """Exchange the code that came with a consent for a form or task; keep or give back what it stands for."""
        ...

    def roll_back(
        self, task_id: str, user: str, *, items: int, kept: int, discard: bool, counting_on_it: Sequence[str] = (),
        agrees: Sequence[str] = (), agreed: datetime | None = None,
    ) -> None:
        """Take a migration back, if that is still what it would do; else `user` is told. `agrees` are their choices.

        `agreed` is when they did (UTC), None for now.
        """
        ...

    def tell_approvers(self, subject: str, about: str) -> None:
        """Find out who can decide what was asked, and have them told."""
        ...

    def switch_on(self, task_id: str, user: str) -> None:
        """Switch on the out-of-office that a migration has left off; `user` is told if that is not possible."""
        ...

    def delete(self, team: str, user: str, *, tasks: Sequence[str], stays: Sequence[str], at: float) -> None:
        """Forget those tasks of a person, and their forms of until `at` (seconds since 1970); `stays` are named."""
        ...

    def forget(self, task_id: str, user: str) -> None:
        """Forget one task, as `user` has asked; they are told when it is done."""
        ...


@dataclass(frozen=True, slots=True)
class Try:
    """One try at something that a person asked for. `at` is when they asked first (UTC), None for now.

    `again`: an earlier try ended before the person was answered, so that a part of it, or all, may be done.
    """

    at: datetime | None = None
    again: bool = False


FIRST = Try()


@dataclass(frozen=True, slots=True)
class Trail:
    """Where it is written down who did what, and what is known of what somebody does now.

    `surface` is where they do it, and `this` which try it is. `operator` is the user of this machine at the terminal,
    '' elsewhere. `address` is the one of their browser, '' where they use none of our pages.
    """

    audit: Audit
    surface: Surface = Surface.OMM
    this: Try = FIRST
    operator: str = ""
    address: str = ""


class TaskServices(Protocol):
    """What steering a task needs. `Services` has it, and so has the terminal, which has no Slack.

    `team` is the workspace whose people are served; '' at the terminal.
    """

    @property
    def engine(self) -> Engine:
        """Moves mailboxes, and has the records."""
        ...

    @property
    def threads(self) -> Threads:
        """Where who did what is written down."""
        ...

    @property
    def team(self) -> str:
        """The ID of the workspace."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time (UTC)."""
        ...

    @property
    def trail(self) -> Trail:
        """The audit."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What a conversation works with, for the people of one workspace: `team` is its ID.

    `slack`, `people`, `links`, `outbox`, `guesses`, `jobs` and `offers` are that workspace's. What is stored of a task,
    form or home tab says itself whose it is. `policies` say what the admins have set, `room` which migrations are at
    work or want to be, `approvals` what a second person is asked, `one_time` has the links to our pages, `consents`
    what owners of accounts elsewhere were asked there, and `web_sessions` says who has signed in to our pages. `lists`
    names everybody's migrations, `crews` the workers and what they have to do. `trail` is the audit, with where the
    person is at the moment.
    `sends_email`: OMM_SMTP_URL names a server. `public_url` is where people's browsers reach our pages, without a slash
    at its end; '' where nothing tells who is before a page. `consent_url` is the same for the pages before Google's and
    behind it, which do without that (`by_number`); '' where there are none, either. `consenting` asks owners of Google
    accounts for their consent; None where that is not set up. `look_up` finds the server of an address.
    `retention_days` is how long the operator has a migration kept after its end.
    """

    engine: Engine
    drafts: Drafts
    threads: Threads
    people: People
    guesses: Guesses
    deletions: Deletions
    outbox: Outbox
    offers: Offers
    jobs: Jobs
    slack: WebClient
    links: Links
    homes: OpenedHomes
    policies: Policies
    room: Room
    approvals: Approvals
    one_time: OneTimeLinks
    consents: Consents
    lists: Lists
    crews: Crews
    web_sessions: WebSessions
    trail: Trail
    team: str
    clock: Callable[[], datetime] = utc_now
    sends_email: bool = False
    public_url: str = ""
    consent_url: str = ""
    consenting: Consenting | None = None
    look_up: LookUp = finds_nothing
    retention_days: int = 60

    @property
    def consents_at(self) -> str:
        """Where browsers reach the pages of consent."""
        return self.public_url or self.consent_url

    @property
    def by_number(self) -> bool:
        """True: Slack does not say who is before a page, so whoever consents types a number into the form."""
        return bool(self.consent_url) and not self.public_url

    def at(self, surface: Surface, this: Try, address: str = "") -> Services:
        """The same services for what somebody does at that surface, from that address."""
        return replace(self, trail=replace(self.trail, surface=surface, this=this, address=address))
