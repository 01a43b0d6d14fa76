"""The report in a window: the sums, and page by page what was not copied, why, and what its owner can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bot import ids
from bot.drawn import drawn
from bot.ids import Action
from bot.views import blocks, service_accounts
from bot.views.blocks import Piece, bold, plain
from bot.views.labels import retry_label
from bot.views.modals import View
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Migration, Reason
from engine.migration.remedies import remedy
from engine.migration.report_table import RESULTS
from engine.migration.states import worth_a_retry
from engine.store.reports import Report
from engine.words import failed, meanwhile, noun, removed, sums, unopened

WHOLE = 10_000      # characters of a reason, before it is shortened
A_PAGE = 15         # entries; each is at most two blocks, and a view has at most 100
ALL = "ALL"
CSV = "Send me the report as a file (CSV)"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where a reader is in a report: `page` from 0, `shown` is the name of a Reason, or ALL."""

    task_id: str
    page: int = 0
    shown: str = ALL

    def __str__(self) -> str:
        """As buttons and the view keep it."""
        return f"{self.task_id} {self.page} {self.shown}"


@drawn()
def bookmark(kept: str) -> Bookmark:
    """The bookmark that `str` wrote; an earlier release wrote no more than the task ID and the page.

    Raises NotDrawnError.
    """
    task_id, _, rest = kept.partition(" ")
    page, _, shown = rest.partition(" ")
    return Bookmark(task_id, int(page or 0), shown if shown in Reason.__members__ else ALL)


def report_view(migration: Migration, report: Report, at: Bookmark, note: str = "") -> View:
    """One page (private_metadata: the bookmark). `note` stands above it: what came of a button."""
    entries = _sorted(failure for failure in report.failures if at.shown in (ALL, failure.outcome.name))
    last = max(0, (len(entries) - 1) // A_PAGE)
    here = replace(at, page=min(max(at.page, 0), last))
    shown = entries[here.page * A_PAGE : (here.page + 1) * A_PAGE]
    body = [
        *([blocks.section("note", note)] if note else []),
        _totals(migration),
        *service_accounts.named(migration.request),
        *_choices(report, here),
        *_turn(here, "Previous page", here.page - 1, last),
        *_entries(shown),
        *_turn(here, "Next page", here.page + 1, last),
        blocks.context("place", _where(migration, len(entries), here, report)),
    ]
    return {
        "type": "modal", "callback_id": ids.View.REPORT.value, "private_metadata": str(here),
        "title": plain("Report", 24), "close": plain("Done", 24), "blocks": body,
    }


def _sorted(failures: Iterator[Failure]) -> list[Failure]:
    """By what became of the items, and by the reason, each in the order in which they were met."""
    found = list(failures)
    order, reasons = list(RESULTS), {why: number for number, why in enumerate(dict.fromkeys(f.reason for f in found))}
    return sorted(found, key=lambda failure: (order.index(failure.outcome), reasons[failure.reason]))


# The sums


def _totals(migration: Migration) -> Piece:
    steps = [(c, migration.step(c).counts) for c in migration.request.contents if c in migration.steps]
    lines = [
        f"*{content.capitalize()}*   {sums(counts, migration.state)}{_meanwhile(content, counts)}"
        for content, counts in steps
    ]
    if migration.request.unopened:
        lines.append(unopened(migration.request))
    if done := migration.rollback:
        lines.append(f"*Rollback*   {removed(done, noun(migration))}")
    if worth_a_retry(migration) and failed(migration):
        lines.append(f"*{retry_label(migration)}* on the card tries once more to copy what failed.")
    return blocks.section("totals", "\n".join([
        f"Migration *{migration.task_id}*", *(lines or ["Nothing has been found yet."])
    ]))


def _meanwhile(content: Content, counts: Counts) -> str:
    """What the owner did during the run to what was copied."""
    return "".join(f"\n      {sentence}" for sentence in meanwhile(content, counts))


# What to show, and as what


def _choices(report: Report, here: Bookmark) -> list[Piece]:
    """The menu of what is shown, and the button for a file; nothing while there is nothing to choose from."""
    counts = {outcome: sum(failure.outcome is outcome for failure in report.failures) for outcome in RESULTS}
    options = [blocks.option(ALL, f"Everything ({len(report.failures):,})")]
    options += [blocks.option(o.name, f"{RESULTS[o]} ({count:,})") for o, count in counts.items() if count]
    chosen = next((option for option in options if option["value"] == here.shown), options[0])
    if not report.failures:
        return []
    return [blocks.actions(
        "choices",
        {"type": "static_select", "action_id": Action.REPORT_SHOWN.value, "options": options, "initial_option": chosen},
        blocks.button(Action.REPORT_FILE, CSV, here.task_id),
    )]


def _turn(here: Bookmark, label: str, page: int, last: int) -> list[Piece]:
    if not 0 <= page <= last:
        return []
    return [blocks.actions(f"page_{page}", blocks.button(Action.REPORT_PAGE, label, str(replace(here, page=page))))]


# The entries


def _entries(shown: Sequence[Failure]) -> Iterator[Piece]:
    """A heading for each result, and below it each reason once with what can be done and all that it is about."""
    number_of = iter(range(len(shown)))
    for outcome, of_it in groupby(shown, lambda failure: failure.outcome):
        yield blocks.rich(outcome.name, [bold(RESULTS[outcome])])
        for reason, alike in groupby(of_it, lambda failure: failure.reason):
            yield _group(f"group_{next(number_of)}", reason, list(alike))


def _group(block_id: str, reason: str, alike: Sequence[Failure]) -> Piece:
    why = _shortened(blocks.cleaned(reason, WHOLE), 400)
    heading = {"type": "rich_text_section", "elements": [
        blocks.words(f"{why[:1].upper()}{why[1:]}\n"), bold("What you can do: "), blocks.words(remedy(alike[0])),
    ]}
    listed = blocks.bullets(block_id, *map(_entry, alike))
    return {**listed, "elements": [heading, *listed["elements"]]}


def _shortened(text: str, most: int) -> str:
    """The text, with … in the place of its middle where it is too long: how it ends may matter most."""
    half = most // 2
    return text if len(text) <= most else f"{text[:half].rstrip()} … {text[-half:].lstrip()}"


def _entry(failure: Failure) -> list[Piece]:
    folder = blocks.cleaned(failure.folder, 200) if failure.folder else ""
    return [bold(blocks.cleaned(failure.item, 200)), *([blocks.words(f"   in {folder}")] if folder else [])]


def _nothing(migration: Migration) -> str:
    """That there is nothing to name, and of what that is said."""
    if migration.ended is None:
        return "Nothing failed and nothing was left out, so far."
    if all(step.counts.settled >= step.counts.found for step in migration.steps.values()):
        return "Nothing failed and nothing was left out."
    return "Of what was reached, nothing failed and nothing was left out."


def _where(migration: Migration, total: int, here: Bookmark, report: Report) -> str:
    first = here.page * A_PAGE + 1
    named = f"{first:,}–{min(first + A_PAGE - 1, total):,} of {total:,}"
    if not total:
        named = _nothing(migration)
    if not report.unnamed:
        return named
    return f"{named if total else '0 named'} · {report.unnamed:,} more were counted and not named"
