"""Drafts: forms that somebody is filling in, until their migration starts.

A draft's id is the task ID that its migration will have, so starting it twice makes one task. Passwords are never in
a draft: they are in the vault, under the same id.

- The form was closed, or another took its place, and no letter leads back to it: they are dropped at once.
- Its window may be open, or a letter leads back to it: they end a day after they were typed.
- Its server has refused one: that one is dropped, and has to be typed again.
- A private page is open for it: it can be closed, and they end a day after they were typed.
- The form names another account now than the private page did: the one that was typed there is dropped.
- The form names another Google account now than the one whose owner has consented, or another kind of source that is
  signed in with something else: what was kept for the source is dropped, and a consent is given back.
- Another admin has to approve its service accounts: they are kept until that is decided, for 72 hours at most.
- The migration has started: they are the task's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from redis import Redis

from bot.addresses import unpasted
from bot.stored.approvals import LASTS
from engine.clock import utc_now
from engine.errors import Cause, FatalError, OmmError, Side
from engine.migration.account import Access
from engine.migration.content import Content
from engine.migration.questions import Question
from engine.migration.record import SETTINGS
from engine.migration.request import Choice
from engine.migration.task_id import new_task_id
from engine.ports.consent import same_account
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.stored import Stored
from engine.systems import CredentialKind, System

NOTHING_TYPED: Mapping[Side, tuple[str, str, str]] = MappingProxyType({})
KEPT = timedelta(hours=24)
PATIENCE = 2.0      # seconds; somebody waits for the form
UNDECIDED = "undecided"

# KEYS: draft. ARGV: what was read ('' for nothing), what to write, milliseconds until it is forgotten.
CHANGE = """
local known = redis.call('GET', KEYS[1]) or ''
if known ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""

# KEYS: whose form is opened. ARGV: what was read ('' for none), the draft, seconds that it is remembered. What stands
# there already is our own writing, whose answer was lost.
OPENED = """
local known = redis.call('GET', KEYS[1]) or ''
if known ~= ARGV[1] and known ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""

# KEYS: which draft somebody has before them. ARGV: the one that is to be forgotten, '' for any.
FORGET_OPENED = """
if ARGV[1] ~= '' and redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class DraftState(StrEnum):
    """How far a form has come."""

    OPEN = "open"               # being filled in; `verdict` may say what was wrong the last time
    CHECKING = "checking"       # submitted; a job is signing in to both sides, or only `looks`
    APPROVAL = "approval"       # submitted; another admin has to approve its service accounts before anything signs in
    CLOSED = "closed"           # closed before the verdict: nothing starts until its owner continues
    OVER = "over"               # closed, and no letter leads back to it: it keeps no password
    STARTED = "started"         # its migration exists


class Waits(StrEnum):
    """What a form is to do as soon as its passwords are typed on the private page."""

    NOTHING = ""
    START = "start"             # it was sent
    LOOK = "look"               # Check first was pressed


@dataclass(frozen=True, slots=True)
class Fields:
    """What was typed, as it was typed; passwords excepted."""

    source_kind: str = "imap"
    source_server: str = ""
    source_login: str = ""
    offer: str = ""
    destination_server: str = ""
    destination_login: str = ""
    contents: tuple[Content, ...] = (Content.MAIL,)
    notify: str = ""            # a third party's e-mail address, or nothing
    source_scheme: str = ""     # found out by trying, where the address does not say it: a scheme of engine.account
    choices: tuple[Choice, ...] = ()    # what is ticked of what was asked
    source_access: Access = Access.OWN
    source_mailbox: str = ""            # the address of the mailbox that the login opens, where it is somebody else's
    destination_access: Access = Access.OWN
    destination_mailbox: str = ""
    somebody_elses: str = ""            # the destination's address, where it is ticked that it is somebody else's

    @property
    def accounts(self) -> tuple[str, ...]:
        """What names the two accounts."""
        return (
            self.source_kind, self.source_server, self.source_login, self.destination_server, self.destination_login,
            self.source_access, self.source_mailbox, self.destination_access, self.destination_mailbox,
        )

    @property
    def by_consent(self) -> bool:
        """True: the source is signed in with what its owner consents to on another system's page, where that is asked.

        Else an app password is typed for it.
        """
        by_grant = {system.value for system in System if system.row.credential is CredentialKind.GRANT}
        return self.source_kind in by_grant

    @property
    def opens_others(self) -> bool:
        """True: a service account is asked for, or a part of what one needs."""
        own = (Access.OWN, "")
        return own != (self.source_access, self.source_mailbox) or own != (
            self.destination_access, self.destination_mailbox
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a form cannot start: in the owner's words, with the engine's cause, and the side at fault if one is.

    The cause is UNDECIDED where nothing is wrong, and something was asked that its owner has not seen yet.
    """

    words: str
    cause: str
    side: Side | None = None

    @property
    def only_asks(self) -> bool:
        """True: nothing is wrong; there is something to read, or servers that were found are to be confirmed."""
        return self.cause in (UNDECIDED, Cause.UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class Draft(Stored):
    """One form. `channel` is where its card will stand: a channel's id, or '' for the conversation with the app.

    `generation` grows with every submission that has something new in it; a verdict on an older one counts no more.
    `edition` grows whenever fields must come up anew on the screen: emptied passwords, another offer's address.
    `has_letter`: its owner was sent a letter with a button that opens it. `looks`: what is checked at the moment starts
    nothing; its owner only wants to know what there is. `asked` is what the form asks about the accounts in it.
    It `waits` for passwords of the private page, whose newest link is open until `page_until`. `typed_for` are the
    accounts (kind, server, login) for which passwords were typed there, and `page_from` the address of that browser.
    `opens_others`: the form offers service accounts. `asks_about` is the address of a destination of which it asks
    whether it may be somebody else's. `consented` is the address of the source's account as Google says it, whose owner
    has consented to this form: what is kept for the source is their grant; '' for a password. `off` are the contents
    that they were asked for there, and have not allowed. `drawn_for` is the consent after which what is ticked came up
    anew the last time.
    """

    # 2: there are settings among its contents, which an older release would not move.
    # 3: a service account opens a mailbox; an older release would open the account's own.
    # 4: the source is at Google; an older release would take it for an IMAP server.
    v: ClassVar[int] = 4
    replaced: ClassVar[frozenset[str]] = frozenset({"verdict"})

    id: str
    team: str
    owner: str
    channel: str
    created: datetime
    fields: Fields = Fields()
    state: DraftState = DraftState.OPEN
    generation: int = 0
    edition: int = 0
    kept: frozenset[Side] = frozenset()     # sides whose password is in the vault
    view_id: str = ""
    verdict: Verdict | None = field(default=None)
    has_letter: bool = False
    looks: bool = False
    asked: tuple[Question, ...] = ()
    waits: Waits = Waits.NOTHING
    page_until: datetime | None = None
    typed_for: Mapping[Side, tuple[str, str, str]] = field(default_factory=lambda: NOTHING_TYPED)
    page_from: str = ""

    opens_others: bool = False
    asks_about: str = ""
    consented: str = ""
    off: tuple[Content, ...] = ()
    drawn_for: str = ""

    @property
    def authorised_as(self) -> str:
        """The address of the Google account whose owner has consented, while that is kept; '' without one."""
        return self.consented if Side.SOURCE in self.kept else ""

    @property
    def lacks(self) -> tuple[Side, ...]:
        """The sides whose password is not kept."""
        return tuple(side for side in Side if side not in self.kept)

    @property
    def needs(self) -> int:
        """The version that this form is written with."""
        if self.fields.by_consent:
            return 4
        if self.fields.opens_others or self.state is DraftState.APPROVAL:
            return 3
        return 2 if not SETTINGS.isdisjoint(self.fields.contents) else 1


class Drafts:
    """Every draft, for a day after its last change; for four days while its approval is waited for."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def new(
        self, *, team: str, owner: str, channel: str, fields: Fields = Fields(), opens_others: bool = False
    ) -> Draft:
        """A fresh draft, saved."""
        while True:
            draft = Draft(new_task_id(), team, owner, channel, self._clock(), fields, opens_others=opens_others)
            if self._write(draft.id, "", draft):
                return draft

    def load(self, draft_id: str) -> Draft | None:
        """The draft, None when it is too old or never was. Raises UnreadableError for one of a newer release."""
        return self._read(draft_id)[1]

    def change(self, draft_id: str, do: Callable[[Draft], Draft]) -> Draft | None:
        """The draft as `do` leaves it; `do` is called again when somebody else was quicker. None: there is none."""
        while True:
            known, draft = self._read(draft_id)
            if draft is None:
                return None
            changed = do(draft)
            if changed == draft or self._write(draft_id, known, changed):
                return changed

    def of_owner(self, team: str, owner: str) -> list[Draft]:
        """Every draft of a person. Looks at all keys, so it is for work that nobody waits for."""
        keys = self._redis.call(lambda redis: list(redis.scan_iter(_key("*"), count=1000)))
        drafts = [draft for key in keys if (draft := self._readable(text(key).removeprefix(_key("")))) is not None]
        return [draft for draft in drafts if (draft.team, draft.owner) == (team, owner)]

    def _readable(self, draft_id: str) -> Draft | None:
        """None also for what another release wrote in another shape: it ends after a day anyway."""
        try:
            return self.load(draft_id)
        except FatalError:
            raise
        except (OmmError, KeyError, ValueError, TypeError):
            return None

    def forget(self, draft_id: str) -> None:
        """Removes a draft. Its passwords are the vault's."""
        self._redis.call(lambda redis: redis.delete(_key(draft_id)))

    def forget_opened(self, team: str, owner: str, draft_id: str = "") -> None:
        """Forgets which draft a person has before them; if it is `draft_id`, where one is given."""
        self._redis.script(FORGET_OPENED, [_opened(team, owner)], (draft_id,))

    def opened(self, draft: Draft) -> str | None:
        """Notes that the draft is the one that its owner has before them; returns the id of the one before, if any."""
        key = _opened(draft.team, draft.owner)
        while True:
            before = text(self._redis.call(lambda redis: redis.get(key)) or "")
            if self._redis.script(OPENED, [key], (before, draft.id, int(KEPT.total_seconds()))):
                return None if before in ("", draft.id) else before

    def _read(self, draft_id: str) -> tuple[str, Draft | None]:
        value = self._redis.call(lambda redis: redis.get(_key(draft_id)))
        if value is None:
            return "", None
        return text(value), stored.read(Draft, value, name="This form")

    def _write(self, draft_id: str, known: str, draft: Draft) -> bool:
        kept = LASTS + KEPT if draft.state is DraftState.APPROVAL else KEPT
        arguments = (known, stored.write(draft), kept // timedelta(milliseconds=1))
        return bool(self._redis.script(CHANGE, [_key(draft_id)], arguments))


def with_fields(draft: Draft, **changes: Any) -> Draft:
    """The draft with some fields as they are typed now."""
    return replace(draft, fields=replace(draft.fields, **changes))


def account_of(fields: Fields, side: Side) -> tuple[str, str, str]:
    """The account of that side as it is typed: its kind, server and login."""
    if side is Side.SOURCE:
        return fields.source_kind, unpasted(fields.source_server), unpasted(fields.source_login)
    return "", unpasted(fields.destination_server), unpasted(fields.destination_login)


def with_accounts(draft: Draft, fields: Fields) -> Draft:
    """The draft with the fields as its owner has them now.

    A password that was typed on the private page for another account of that side is kept no longer. A server that was
    looked up there and stands in the form since is the account's own. Neither is what its owner has consented to for
    another account, nor a password of the source where a grant is asked for now, or the other way round.
    """
    others = {side for side, was in draft.typed_for.items() if not _is_for(was, draft.fields, fields, side)}
    if draft.consented:
        others -= {Side.SOURCE}
    if fields.by_consent is not draft.fields.by_consent or not _is_consented(draft.consented, fields):
        others |= {Side.SOURCE}
    still = {side: was for side, was in draft.typed_for.items() if side not in others}
    return replace(
        draft, fields=fields, kept=draft.kept - others,
        typed_for=MappingProxyType(still) if others else draft.typed_for,
        consented="" if Side.SOURCE in others else draft.consented,
        off=() if Side.SOURCE in others else draft.off,
    )


def _is_consented(consented: str, fields: Fields) -> bool:
    """True: the fields name the account whose owner has consented, or leave it to that; or nobody has consented."""
    typed = unpasted(fields.source_login)
    return not consented or not typed or same_account(consented, typed)


def _is_for(was: tuple[str, str, str], before: Fields, now: Fields, side: Side) -> bool:
    kind, server, login = was
    named = account_of(now, side)
    if named == was:
        return True
    return not server and named == account_of(before, side) and (named[0], named[2]) == (kind, login)


def _key(draft_id: str) -> str:
    return f"omm:draft:{draft_id}"


def _opened(team: str, owner: str) -> str:
    return f"omm:drafts:opened:{team}:{owner}"
