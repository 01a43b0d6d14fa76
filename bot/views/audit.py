"""The audit in a window: page by page who did what, when and from where, with what result."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot import ids
from bot.admin import AuditPage, Place
from bot.audit.lines import Line
from bot.ids import Action
from bot.stored.audit_entries import Result
from bot.views import blocks
from bot.views.blocks import Piece, bold, words
from bot.views.message import Message
from bot.views.modals import View, modal

CSV = "Send it to me as a file (CSV)"
NOTHING = "Nothing is written down here."
NAMED = re.compile(r"<(?:@|#|!subteam\^)([A-Z][A-Z0-9]+)>")      # a person, a channel, a user group
SLACK_ID = re.compile(r"[UW][A-Z0-9]{5,}")


def audit_view(page: AuditPage, note: str = "") -> View:
    """One page (private_metadata: its place). `note` stands above it: what came of a button."""
    about = f" of migration *{page.at.task_id}*" if page.at.task_id else ""
    body = [
        *([blocks.section("note", note)] if note else []),
        blocks.section("about", f"Who did what{about}, newest first, in your time zone."),
        blocks.actions("ways", *_ways(page)),
        blocks.rich("entries", *map(_pieces, page.lines)) if page.lines else blocks.context("none", NOTHING),
        *([blocks.context("missing", page.missing)] if page.missing else []),
    ]
    return modal("Audit", body, ids.View.AUDIT, str(page.at))


def _ways(page: AuditPage) -> list[Piece]:
    turns = [(Action.AUDIT_NEWER, "Newer", page.newer), (Action.AUDIT_OLDER, "Older", page.older)]
    pages = [blocks.button(action, label, str(at)) for action, label, at in turns if at is not None]
    return [*pages, blocks.button(Action.AUDIT_FILE, CSV, str(Place(page.at.task_id)))]


def _pieces(line: Line) -> list[Piece]:
    """One entry. Words of others, names of accounts among them, are shown as they are."""
    task = [bold(line.task), words("   ")] if line.task else []
    mailboxes = f"\n      {_shown(line.source)} → {_shown(line.destination)}" if line.source else ""
    apart = "; " if line.why and line.theirs else ""
    theirs = [words(f"{apart}{_shown(line.theirs)}")] if line.theirs else []
    why = [words("\n      "), *_with_names(line.why), *theirs] if line.whole else []
    marked = [] if line.result in ("", Result.DONE) else [blocks.emoji("warning"), words(" ")]
    return [
        blocks.time(line.at), words("   "), *task, _who(line), words(" "), *marked, words(_shown(line.what)),
        words(f"   ({_shown(line.where)}){mailboxes}"), *why,
    ]


def posted(lines: Sequence[Line], name: Callable[[str], str]) -> Message:
    """Entries as a message, the oldest first. `name` says what whatever has an ID is called: nobody is notified."""
    count = "1 new entry" if len(lines) == 1 else f"{len(lines):,} new entries"
    return Message(f"The audit has {count}.", [blocks.rich("entries", *(_plain(line, name) for line in lines))])


def posts_nothing(channel: str) -> Message:
    """What an admin reads when the audit's channel takes nothing from us any more."""
    before, after = "OMM cannot post the audit into ", (
        " any more: it is no member there, or the channel is archived. Invite it again (/invite @omm), or choose "
        "another channel in the settings. Until then OMM tries every ten minutes, and posts what was left out once it "
        "can."
    )
    pieces = [words(before), blocks.channel(channel), words(after)]
    return Message(f"{before}<#{channel}>{after}", [blocks.rich("posts_nothing", pieces)])


def _plain(line: Line, name: Callable[[str], str]) -> list[Piece]:
    who = name(line.user) if SLACK_ID.fullmatch(line.user) else line.who
    done = f" {_shown(line.what)} ({_shown(line.where)})" + (" " if line.why else "")
    task = [bold(line.task), words("   ")] if line.task else []
    marked = [] if line.result in ("", Result.DONE) else [blocks.emoji("warning"), words(" ")]
    did = [words(f"{_shown(who)}{done}"), *_with_names(line.why, name)]
    return [blocks.time(line.at), words("   "), *task, *marked, *did]


def _with_names(text: str, name: Callable[[str], str] | None = None) -> list[Piece]:
    """Words in which `<@U…>` is a person, `<#C…>` a channel and `<!subteam^S…>` a user group.

    `name` says what a person or a group is called, where they are not to be notified.
    """
    parts = enumerate(NAMED.split(text))
    return [_named(part, name) if place % 2 else words(_spaced(part)) for place, part in parts if part]


def _named(slack_id: str, name: Callable[[str], str] | None) -> Piece:
    if slack_id.startswith(("C", "G")):
        return blocks.channel(slack_id)
    if name is not None:
        return words(_shown(name(slack_id)))
    return blocks.user_group(slack_id) if slack_id.startswith("S") else blocks.mention(slack_id)


def _spaced(text: str) -> str:
    """Part of a sentence: the spaces at its ends belong to it."""
    before, after = " " * text.startswith(" "), " " * (text.endswith(" ") and bool(text.strip()))
    return f"{before}{_shown(text)}{after}" if text.strip() else text


def _who(line: Line) -> Piece:
    return blocks.mention(line.user) if SLACK_ID.fullmatch(line.user) else words(_shown(line.who))


def _shown(text: str) -> str:
    return blocks.cleaned(text, 300) if text else ""
