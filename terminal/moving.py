"""Checking and migrating."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from engine.contents import COMES_WITH, movable, why_not, why_withheld, with_what_comes, withheld_from
from engine.errors import InputError, Side
from engine.migration import question_words, steering
from engine.migration.account import Account, parse_account
from engine.migration.checks import Checked, check
from engine.migration.content import Content
from engine.migration.forwards import start
from engine.migration.record import Migration
from engine.migration.request import MigrationRequest
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.store.vault import Secret
from engine.systems import CredentialKind, expected, systems
from engine.words import parse_size
from terminal import choosing, records, words
from terminal.driving import COMPLETED, work
from terminal.granting import access_for
from terminal.looking_up import with_servers
from terminal.reach import within_reach, within_what_is_delegated
from terminal.service_account import Openings
from terminal.session import Session, tasks_of
from terminal.usage import UsageError
from wiring import Doors


def request_of(
    source: str, destination: str, contents: str | None, *, allow_plaintext: bool, source_mailbox: str | None = None,
    destination_mailbox: str | None = None, full_access: Collection[str] = (),
) -> MigrationRequest:
    """What was typed, parsed. Raises UsageError. The mailboxes are those that service accounts open."""
    opened = Openings({Side.SOURCE: source_mailbox, Side.DESTINATION: destination_mailbox}, full_access)
    ends = {
        side: opened.of(side, account_of(url, side, allow_plaintext=allow_plaintext, may_lack_server=True))
        for side, url in ((Side.SOURCE, source), (Side.DESTINATION, destination))
    }
    for side, account in ends.items():
        if not account.system.contents(side):
            raise UsageError(expected(side))
    systems_of = (ends[Side.SOURCE].system, ends[Side.DESTINATION].system)
    withheld = withheld_from(*ends.values()).intersection(movable(*systems_of))
    why = f"{why_not(*systems_of)} {why_withheld(withheld)}".strip()
    chosen = _contents(contents, movable(*systems_of, withheld=withheld), why)
    return MigrationRequest(ends[Side.SOURCE], ends[Side.DESTINATION], with_what_comes(chosen, *systems_of))


def account_of(url: str, side: Side, *, allow_plaintext: bool, may_lack_server: bool = False) -> Account:
    """An account as it was typed, parsed. Raises UsageError. `may_lack_server` is as for `parse_account`."""
    try:
        url.encode()
        return parse_account(
            url, allow_plaintext=allow_plaintext, example=systems(side)[0].example, may_lack_server=may_lack_server
        )
    except UnicodeEncodeError:
        raise UsageError(f"The {side} is not text in UTF-8.") from None
    except InputError as error:
        raise UsageError(f"{side.capitalize()}: {error}") from None


def _contents(text: str | None, possible: Sequence[Content], why: str) -> tuple[Content, ...]:
    """What was named, in the order of the steps; all that is possible where nothing was. `why` the rest is not."""
    if text is None:
        return tuple(possible)
    names = [part.strip().lower().replace("-", " ") for part in text.split(",")]
    known = {content.value.replace("-", " "): content for content in Content}
    able = ", ".join(possible)
    for name in names:
        if name not in known:
            raise UsageError(f"--contents names something unknown. Between these accounts, these can be moved: {able}.")
        if (leader := COMES_WITH.get(known[name])) is not None:
            raise UsageError(f"{name.capitalize()} come with the {leader}: name {leader} instead.")
        if known[name] not in possible:
            raise UsageError(
                f"OMM cannot move {name} between these accounts. These can be moved: {able}. {why}".rstrip()
            )
    return tuple(content for content in possible if content.value.replace("-", " ") in names)


def quota_of(text: str | None) -> int | None:
    """What the destination may hold, in bytes. Raises UsageError."""
    try:
        return None if text is None else parse_size(text)
    except InputError as error:
        raise UsageError(f"--quota: {error}") from None


def run_check(session: Session, wanted: MigrationRequest, quota: int | None, *, named: bool) -> int:
    """Signs in to both sides, and says what is there and what a migration would do.

    `named`: somebody has named the contents.
    """
    from engine.migration.looking_ahead import look_ahead  # noqa: PLC0415 - a migration looks for itself

    wanted = with_servers(session, within_reach(session, wanted, named=named))
    secrets = _passwords(session, wanted)
    with session.engine() as engine:
        secrets |= access_for(session, engine, wanted)
        wanted = _delegated(session, engine, wanted, secrets, named=named)
        found = _check(session, engine, wanted, secrets)
        session.out.say("Both servers let OMM in. Looking at what is there.")
        ahead = look_ahead(
            engine, wanted, source_password=secrets[Side.SOURCE], destination_password=secrets[Side.DESTINATION],
            halt=Halt(),
        )
    live = tuple(question_words.live(wanted.contents, found.source))
    choices = choosing.would_matter(wanted, found, of="omm migrate")
    session.out.say(*words.ahead(ahead, quota, live), *choices)
    session.out.result(records.checked(wanted, found, ahead) | {"choices": choosing.that_matter(wanted, found)})
    return COMPLETED


def _passwords(session: Session, wanted: MigrationRequest) -> dict[Side, Secret]:
    """The passwords of both sides; none of an account that takes another kind of credential."""
    ends = ((Side.SOURCE, wanted.source), (Side.DESTINATION, wanted.destination))
    return {
        side: session.password(side, account) for side, account in ends
        if account.system.row.credential is CredentialKind.PASSWORD
    }


def _delegated(
    session: Session, engine: Engine, wanted: MigrationRequest, secrets: dict[Side, Secret], *, named: bool
) -> MigrationRequest:
    if wanted.source.system.row.credential is not CredentialKind.GRANT:
        return wanted
    return within_what_is_delegated(session, engine, wanted, secrets[Side.SOURCE], named=named)


def _check(session: Session, engine: Engine, wanted: MigrationRequest, secrets: dict[Side, Secret]) -> Checked:
    session.out.say("Signing in to both mailboxes. Some servers take up to a minute.")
    found = check(
        engine, wanted, source_password=secrets[Side.SOURCE], destination_password=secrets[Side.DESTINATION]
    )
    session.out.say(*words.checked(wanted, found))
    return found


def run_migrate(session: Session, wanted: MigrationRequest, *, named: bool = False, copy_again: bool = False) -> int:
    """Takes up the open task of these two accounts, or begins a new one. `named`: somebody has named the contents.

    `copy_again` lets it copy everything although nothing of what was copied earlier can be seen.
    """
    from bot.audit.auditing import Outcome, of_accounts  # noqa: PLC0415 - a check is in no audit
    from bot.stored.audit_entries import Result, What  # noqa: PLC0415
    from terminal.acting import acting  # noqa: PLC0415

    meant = wanted = with_servers(session, within_reach(session, wanted, named=named))
    secrets = _passwords(session, wanted)
    with session.doors() as opened:
        engine = opened.engine
        with acting(tasks_of(opened), What.START) as this:
            open_one = engine.store.open_for(wanted.source, wanted.destination)
            goes_on = _is_meant(open_one, wanted, named=named)
            wanted = _as_begun(open_one, wanted) if goes_on else wanted
            secrets |= access_for(session, engine, wanted)
            if not goes_on:
                wanted = _delegated(session, engine, wanted, secrets, named=named)
            found = None if _must_wait(engine, open_one, wanted) else _check(session, engine, wanted, secrets)
            this.task_id = task_id = _task(session, opened, wanted, secrets, meant)
            if open_one is not None and open_one.task_id == task_id:
                this.what = What.RESUME
            if found is not None:
                session.out.say(*choosing.would_matter(engine.store.load(task_id).request, found))
            this.outcome = Outcome(Result.DONE, sealed=of_accounts(wanted))
            if copy_again:
                steering.copy_again(engine, task_id)
        return work(session, engine, task_id)


def _is_meant(opened: Migration | None, wanted: MigrationRequest, *, named: bool) -> bool:
    """True: the open task goes on: it was begun for the same contents, whatever of them was opened then.

    Of a source that opens each content by itself, also where nobody has `named` contents now, and it moves some.
    """
    if opened is None:
        return False
    was, all_of_it = opened.request, {*wanted.contents, *wanted.unopened}
    if {*was.contents, *was.unopened} == all_of_it:
        return True
    in_parts = wanted.source.system.row.credential is CredentialKind.GRANT
    return in_parts and not named and all_of_it.issuperset(was.contents)


def _as_begun(opened: Migration | None, wanted: MigrationRequest) -> MigrationRequest:
    """The request with the contents that the open task moves."""
    if opened is None:
        return wanted
    return replace(wanted, contents=opened.request.contents, unopened=opened.request.unopened)


def _must_wait(engine: Engine, opened: Migration | None, wanted: MigrationRequest) -> bool:
    """True: the open task waits for the next day of its source, which is not signed in to until then."""
    return opened is not None and opened.request.contents == wanted.contents and opened.is_early(engine.clock())


def _task(
    session: Session, doors: Doors, wanted: MigrationRequest, secrets: dict[Side, Secret], meant: MigrationRequest
) -> str:
    """The task ID of the open task that moves what is `wanted`, or of a new one; `meant` is what was typed."""
    engine = doors.engine
    opened = engine.store.open_for(wanted.source, wanted.destination)
    if opened is None or opened.request.contents != wanted.contents:
        task_id = start(
            engine, wanted, source_password=secrets[Side.SOURCE], destination_password=secrets[Side.DESTINATION]
        ).task_id
        session.out.say(f"Migration {task_id}")
    else:
        from terminal.going_on import take_up  # noqa: PLC0415 - most accounts have no open task

        task_id = opened.task_id
        session.out.say(*choosing.keeps_its_own(opened, meant))
        take_up(session, doors, opened, secrets)
    session.out.task_id = task_id
    return task_id
