"""Records of every kind, and what people of ill will name their folders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from bot.stored.drafts import UNDECIDED, Draft, DraftState, Fields, Verdict
from bot.stored.threads import Act, Pressed, Thread
from bot.views.message import Shown
from emulators.slack.blocks import Surface, check
from engine.errors import Cause, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.questions import Question
from engine.migration.record import Attention, Counts, Failure, LeftOff, Migration, Reason, Rollback, State, Step
from engine.migration.request import Choice, MigrationRequest
from engine.store.store import Report
from engine.systems import System, Transport

NOW = datetime(2026, 11, 22, 13, 48, tzinfo=UTC)
TASK, OTHER_TASK = "7K2F-9QXD", "3MNP-4RST"
OWNER, ADMIN = "U0OWNER", "U0ADMIN"
MARK = "qZ7"        # in every string from elsewhere, so that it is found wherever it went
EVIL = (
    "<!channel>", "<@U0OWNER>", "*x*", "_x_", "~x~", "`x`", "</b>", "<script>", "&lt;", ":boom:", "<https://x.org|y>",
    "\u202eabc", "\u200b\u200d", "مرحبا", "👩‍👩‍👧‍👦", "a\nb\tc\x00d", "\ud800", "e\u0301" * 40, "x" * 300, " ",
)

foreign = st.one_of(st.sampled_from(EVIL), st.text(max_size=40), st.just("y" * 4000)).map(lambda text: f"{MARK}{text}")
anything = st.one_of(foreign, st.sampled_from(EVIL), st.just(""))
moments = st.integers(-200, 200).map(lambda hours: NOW + timedelta(hours=hours))
amounts = st.one_of(st.integers(0, 30), st.integers(0, 10**12))
rates = st.one_of(st.just(0.0), st.floats(1e-12, 1e9))
task_ids = st.sampled_from([TASK, OTHER_TASK])


def account(kind: System = System.IMAP, login: str = "carol@example.org", host: str = "imap.example.org") -> Account:
    """An account that can be had."""
    port, path = (993, "") if kind is System.IMAP else (443, "/EWS/Exchange.asmx")
    return Account(kind, login, host, port, Transport.TLS, path)


def request(*contents: Content) -> MigrationRequest:
    """A move from IMAP to Exchange."""
    destination = account(System.EXCHANGE, "carol@example.com", "ex5.mail.ovh.net")
    return MigrationRequest(account(), destination, contents or (Content.MAIL,))


def migration(state: State = State.RUNNING, step: Step | None = None, **more: Any) -> Migration:
    """A record; `step` is its mail's."""
    steps = MappingProxyType({Content.MAIL: step} if step is not None else {})
    held = {"request": request(), "created": NOW - timedelta(hours=3), "updated": NOW, "steps": steps, **more}
    return Migration(TASK, state=state, **held)


def shown(record: Migration, *pressed: Pressed, **more: Any) -> Shown:
    """What a card of that record shows."""
    return Shown(record, Thread(TASK, "T0", OWNER, "C0"), pressed, more.pop("now", NOW), **more)


def press(act: Act, *, minutes: float = 0, user: str = OWNER, retry: int = 0) -> Pressed:
    """Something that was pressed so long before now."""
    return Pressed(NOW - timedelta(minutes=minutes), user, act, retry)


def moving(**more: Any) -> Step:
    """A step in the middle of its work."""
    counts = Counts(found=20_015, copied=12_380, already_there=20, failed=7, left_out=3)
    held = {"counts": counts, "started": NOW - timedelta(hours=1), "bytes_found": 5 * 10**9,
            "bytes_done": 31 * 10**8, "items_per_second": 85.2, "bytes_per_second": 1.2e6}
    return Step(**{**held, **more})


accounts = st.builds(
    Account, system=st.sampled_from(System), login=foreign, host=foreign, port=st.integers(1, 65535),
    transport=st.sampled_from(Transport), path=foreign,
)
counts = st.builds(Counts, *([amounts] * 7))
steps = st.builds(
    Step, counts=counts, started=st.none() | moments, ended=st.none() | moments, bytes_found=amounts,
    bytes_done=amounts, items_per_second=rates, bytes_per_second=rates,
)
requests = st.builds(
    MigrationRequest, accounts, accounts, st.lists(st.sampled_from(Content), min_size=1, unique=True).map(tuple)
)
attentions = st.builds(
    Attention, words=anything, cause=st.sampled_from([*(cause.value for cause in Cause), "of another version"]),
    side=st.sampled_from([None, *(side.value for side in Side)]),
)
rollbacks = st.builds(
    Rollback, started=moments, ended=st.none() | moments, found=amounts, removed=amounts, kept=amounts,
    folders_removed=amounts,
)
migrations = st.builds(
    Migration, task_id=task_ids, request=requests, created=moments, updated=moments, state=st.sampled_from(State),
    stage=anything, waits_for=st.none() | foreign, steps=st.dictionaries(st.sampled_from(Content), steps),
    started=st.none() | moments, ended=st.none() | moments, attention=st.none() | attentions,
    rollback=st.none() | rollbacks,
    left_off=st.none() | st.builds(LeftOff, st.none() | moments, st.none() | moments),
)
presses = st.lists(
    st.builds(Pressed, moments, st.sampled_from([OWNER, ADMIN, "<!here>"]), st.sampled_from(Act)), max_size=8
).map(tuple)
drawn = st.builds(
    Shown, migration=migrations, thread=st.just(Thread(TASK, "T0", OWNER, "C0")), pressed=presses, now=moments,
    position=st.none() | st.integers(1, 10**6), masked=st.booleans(), buttons=st.booleans(),
)
failures = st.builds(Failure, st.sampled_from(Content), anything, anything, anything, st.sampled_from(Reason))
reports = st.builds(Report, st.lists(failures, max_size=60).map(tuple), amounts)
drafts = st.builds(
    Draft, id=st.just(TASK), team=st.just("T0"), owner=st.just(OWNER), channel=st.just(""), created=moments,
    fields=st.builds(
        Fields, source_kind=st.sampled_from(["imap", "pop3", "exchange", "gone"]), source_server=anything,
        source_login=anything,
        offer=st.sampled_from(["", "exchange", "gone"]), destination_server=anything, destination_login=anything,
        contents=st.sets(st.sampled_from(Content)).map(tuple), notify=anything,
        choices=st.sets(st.sampled_from(Choice)).map(tuple),
    ),
    state=st.sampled_from(DraftState), edition=st.integers(0, 99), kept=st.frozensets(st.sampled_from(Side)),
    verdict=st.none() | st.builds(
        Verdict, words=anything,
        cause=st.sampled_from([*(cause.value for cause in Cause), UNDECIDED, "of another version"]),
        side=st.none() | st.sampled_from(Side),
    ),
    asked=st.lists(
        st.builds(Question, st.sampled_from(Choice), st.integers(0, 10**6), st.booleans()),
        unique_by=lambda question: question.choice,
    ).map(tuple),
)


def complaints(payload: dict[str, Any], surface: Surface) -> list[str]:
    """What Slack would refuse of what can be sent at all."""
    json.dumps(payload, ensure_ascii=False).encode()
    return check(payload, surface=surface)


def pieces(payload: Any) -> Iterator[dict[str, Any]]:
    """Every object in it, however deep."""
    if isinstance(payload, dict):
        yield payload
    for held in payload.values() if isinstance(payload, dict) else payload if isinstance(payload, list | tuple) else ():
        yield from pieces(held)


def active(payload: Any) -> list[str]:
    """The texts in it that Slack marks up, or draws emoji into."""
    return [
        piece["text"] for piece in pieces(payload)
        if piece.get("type") == "mrkdwn" or (piece.get("type") == "plain_text" and piece.get("emoji"))
    ]


def read(payload: Any) -> str:
    """Everything that a person reads in it."""
    texts = (piece.get("text") for piece in pieces(payload))
    return " ".join(text for text in texts if isinstance(text, str))
