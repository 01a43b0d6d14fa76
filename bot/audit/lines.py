"""Lines of the audit, as people read them: what is sealed in an entry opened, and everything in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.services import TaskServices
from bot.stored.audit import Cut, Placed, when
from bot.stored.audit_entries import Entry, Result, Sealed, Surface, What
from engine.errors import UnreadableError
from engine.migration.report_table import BOM, harmless
from engine.store import stored
from engine.store.keys import SecretKeys
from engine.store.task_keys import unsealed

HEADS = ("Time (UTC)", "Workspace", "Who", "Where", "What", "Task", "Result", "Why", "Source", "Destination")
WORDS = {
    What.FORM: "opened the form", What.CHECK_FIRST: "pressed Check first", What.SEND: "sent the form",
    What.PAGE_LINK: "asked for the private page", What.PAGE: "typed passwords on the private page",
    What.CONSENT_LINK: "asked for the way to Google's page", What.CONSENT: "let OMM read a Google account",
    What.REVOKE: "gave access to a Google account back",
    What.START: "started it", What.LIST: "listed their migrations", What.STATUS: "looked at it",
    What.REPORT: "looked at its report", What.PAUSE: "paused it", What.RESUME: "resumed it",
    What.COPY_AGAIN: "had everything copied again", What.RETRY: "ran it again", What.CANCEL: "cancelled it",
    What.STOP: "stopped it", What.PASSWORD: "gave a password", What.ACCESS: "gave a password or login for a rollback",
    What.ROLLBACK: "ordered its rollback", What.ASK: "asked a second person to approve it",
    What.APPROVE: "approved what was asked", What.DENY: "denied what was asked",
    What.WITHDRAW: "took back what was asked", What.EXPIRED: "let a request expire that nobody decided",
    What.FOLLOW: "followed it", What.FORGET: "had it forgotten",
    What.DELETE_DATA: "had their data deleted", What.AUDIT: "read the audit",
    What.EVERYBODY: "listed everybody's migrations", What.WORKERS: "looked at the workers",
    What.PAUSE_ALL: "paused everybody's migrations", What.GO_ON: "let everybody's migrations go on",
    What.OPEN_SOURCE: "had the source opened by a service account",
    What.OPEN_DESTINATION: "had the destination opened by a service account",
    What.AUDIT_FILE: "took the audit as a file", What.SWITCH_ON: "ordered its out-of-office switched on",
    What.NOT_DRAWN: "sent what no window or button of OMM's sends",
    What.SIGN_IN: "signed in",
    What.SETTINGS: "changed the settings",
    What.ROTATE_KEY: "replaced the secret key", What.REMOVE_KEY: "removed the old secret key",
}
UNREAD = "an entry of a newer release, or a damaged one"
GONE = (
    "what named accounts cannot be read any more: the task's data are deleted, "
    "or the key that they were written with is gone"
)
OMM, NOBODY_KNOWN = "OMM", "somebody unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words. `at` is in UTC. `user` is a Slack ID, '' where nobody in Slack did it; `who` says who did.

    `why` is in our own words, with `<@U…>` for a person, `<#C…>` a channel and `<!subteam^S…>` a user group; `theirs`
    are the words of others, of a server for example. `source` and `destination` are the mailboxes of a migration that
    was started. `id` is its place in the audit of that `workspace`.
    """

    id: str
    at: datetime
    user: str
    who: str
    where: str
    what: str
    task: str = ""
    result: str = ""
    why: str = ""
    theirs: str = ""
    source: str = ""
    destination: str = ""
    workspace: str = ""

    @property
    def whole(self) -> str:
        """Why, in whosever words."""
        return "; ".join(filter(None, (self.why, self.theirs)))


def lines(services: TaskServices, entries: Sequence[Placed]) -> list[Line]:
    """The entries in words. What was sealed under a key that is no longer there cannot be read, which is said."""
    sealed = {placed.entry.task for placed in entries if placed.entry is not None and placed.entry.sealed}
    task_keys = services.engine.store.task_keys
    keys = {"": task_keys.of_no_task, **task_keys.of(sorted(sealed - {""}))}
    return [
        _line(placed, keys.get(placed.entry.task) if placed.entry else None, services.team) for placed in entries
    ]


def open_lines(entries: Sequence[Placed], workspace: str) -> list[Line]:
    """The entries in words, without what is sealed in them: no mailbox and no server."""
    return [
        _line(placed if placed.entry is None else Placed(placed.id, replace(placed.entry, sealed="")), None, workspace)
        for placed in entries
    ]


def _line(placed: Placed, key: SecretKeys | None, workspace: str) -> Line:
    entry = placed.entry
    if entry is None:
        return Line(placed.id, when(placed.id, None), "", "", "", UNREAD)
    opened = _opened(entry, key)
    why = "; ".join(filter(None, [entry.words, GONE if opened is None else ""]))
    opened = opened or Sealed()
    in_slack = entry.who and entry.surface != Surface.TERMINAL
    return Line(
        placed.id, entry.at.astimezone(UTC), entry.who if in_slack else "", _who(entry),
        _where(entry, opened), _what(entry), entry.task, entry.result, why, opened.words, opened.source,
        opened.destination, workspace,
    )


def _where(entry: Entry, opened: Sealed) -> str:
    """The surface, with the address from which a page was used."""
    where = entry.surface or OMM
    return f"{where}, from {opened.address}" if opened.address else where


def _who(entry: Entry) -> str:
    """Whoever did it; before a page of ours that may be somebody who has not signed in."""
    return entry.who or (NOBODY_KNOWN if entry.surface == Surface.PAGE else OMM)


def _opened(entry: Entry, key: SecretKeys | None) -> Sealed | None:
    """None: it cannot be read (any more)."""
    if not entry.sealed:
        return Sealed()
    try:
        plain = unsealed(key, entry.sealed)
        return None if plain is None else stored.read(Sealed, plain, name="An entry of the audit")
    except UnreadableError:
        return None


def _what(entry: Entry) -> str:
    if entry.what == What.STATE:
        return f"noted that it is {entry.state}"
    if entry.what == What.FORGOTTEN:
        return f"deleted its data; it was {entry.state}"
    known = {what.value: words for what, words in WORDS.items()}
    words = known.get(entry.what, entry.what)
    return words if entry.result == Result.DONE else f"{entry.result}: {entry.what}"


def missing(cut: Cut | None) -> str:
    """What is said of the entries that are not there any more; '' where there are none."""
    if cut is None:
        return ""
    return f"Older entries are gone ({cut.entries:,}, the last of {cut.until.astimezone(UTC):%-d %B %Y})."


def table(found: Iterable[Line], note: str = "") -> Iterator[bytes]:
    """The lines as comma-separated values for a spreadsheet, in UTF-8; `note` is the last line."""
    yield BOM.encode() + _row(HEADS)
    for line in found:
        yield _row((
            f"{line.at:%Y-%m-%d %H:%M:%S}", line.workspace, line.who, line.where, line.what, line.task, line.result,
            line.whole, line.source, line.destination,
        ))
    if note:
        yield _row(("", "", "", "", note, *[""] * 5))


def _row(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(cell) for cell in cells])       # RFC 4180: lines end with CRLF
    return text.getvalue().encode("utf-8", "replace")
