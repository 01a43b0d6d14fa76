"""`omm doctor` without an account: looks at a whole deployment, says each thing in a line, and what to do about it.

Programs read {"task_id": null, "state": "fine", "warned" or "wrong", "version", "lines": [{"subject", "verdict",
"words", "advice"}], "seconds"}; a verdict is "right", "warning", "wrong" or "untried". Exit status: 0 all is fine, 1
with warnings, 2 something is wrong. No line holds a secret.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from importlib.metadata import version

import wiring
from engine.clock import utc_now
from engine.errors import OmmError
from engine.words import number
from terminal.deployment import google, machine, outside, slack, store
from terminal.deployment.line import Check, Line, Verdict, untried, wrong
from terminal.driving import COMPLETED, NOT_COMPLETED, WITH_FAILURES
from terminal.session import Session

COUNTING = 120.0        # seconds in which all that is encrypted is looked at, and all that we draw
SIGNS = {Verdict.RIGHT: "ok     ", Verdict.WARNING: "LOOK   ", Verdict.WRONG: "WRONG  ", Verdict.UNTRIED: "-      "}


def run_deployment(session: Session) -> int:
    """Looks at everything, and says each line as it comes. Returns the exit status."""
    with ExitStack() as stack:
        return looked_at(session, _checks(session, stack))


def looked_at(session: Session, checks: Iterable[Check]) -> int:
    """Makes the checks in turn, says each line as it comes, and sums up. Returns the exit status."""
    began, found = time.monotonic(), []
    session.out.say(f"omm doctor {version('omm-for-slack')}, {utc_now():%-d %B %Y, %H:%M} UTC", "")
    for check in checks:
        for line in check.lines():
            found.append(line)
            session.out.say(*_said(line))
    session.out.say("", _summary(found))
    state, status = _state(found)
    session.out.result({
        "task_id": None, "state": state, "version": version("omm-for-slack"), "lines": list(map(asdict, found)),
        "seconds": round(time.monotonic() - began, 3),
    })
    return status


def _checks(session: Session, stack: ExitStack) -> Iterator[Check]:
    chosen = session.settings
    yield Check(machine.KEYS, partial(machine.keys, chosen))
    yield Check(machine.FILE, partial(machine.settings_file, chosen))
    yield Check(machine.SETTINGS, partial(machine.settings, chosen))
    yield Check(machine.HOSTS, partial(machine.hosts, chosen))
    yield from _of_store(session, stack)
    yield Check(outside.PAGES, partial(outside.public_url, chosen))
    yield from _of_slack(chosen)
    if google.is_set_up(chosen.environ):
        yield Check(google.GMAIL, partial(google.files, chosen.environ))
    yield Check(outside.MAIL, partial(outside.mail, chosen))


def _of_store(session: Session, stack: ExitStack) -> Iterator[Check]:
    chosen = session.settings
    try:
        redis = stack.enter_context(session.doors()).redis
    except OmmError as error:
        yield _known(wrong(store.STORE, str(error)))
        yield _known(untried(store.OPENED, "the store does not answer."))
        yield _known(untried(store.PROGRAMS, "the store does not answer."))
        return
    yield Check(store.STORE, partial(store.server, redis))
    yield Check(store.DISK, partial(store.disk, redis))
    if chosen.redis_url is None:
        yield Check(store.DISK, partial(store.own_directory, chosen))
    yield Check(store.CLOCK, partial(store.clock, redis))
    yield Check(store.OPENED, partial(store.encrypted, redis, chosen), COUNTING)
    yield Check(store.PROGRAMS, partial(store.programs, redis, chosen))


def _of_slack(chosen: wiring.Settings) -> Iterator[Check]:
    at = slack.reached(chosen)
    if isinstance(at, Line):
        yield _known(at)
        return
    yield Check(slack.SLACK, partial(slack.token, at))
    yield Check(slack.SOCKET, partial(slack.ways_in, at))
    yield Check(slack.SIGN_IN, partial(slack.sign_in, at))
    yield Check(slack.DRAWN, partial(slack.taken, at), COUNTING)


def _known(line: Line) -> Check:
    """What was found already."""
    return Check(line.subject, lambda: [line])


def _said(line: Line) -> list[str]:
    advice = [f"         {line.advice}"] if line.advice else []
    return [f"{SIGNS[line.verdict]}  {line.subject}: {line.words}", *advice]


def _summary(found: Sequence[Line]) -> str:
    wrong_, look = (sum(line.verdict is verdict for line in found) for verdict in (Verdict.WRONG, Verdict.WARNING))
    if not wrong_ and not look:
        return "All is fine."
    parts = [f"{number(wrong_, 'thing')} {'is' if wrong_ == 1 else 'are'} wrong" if wrong_ else "",
             f"{number(look, 'thing')} should be looked at" if look else ""]
    return ", ".join(filter(None, parts)) + "."


def _state(found: Sequence[Line]) -> tuple[str, int]:
    verdicts = {line.verdict for line in found}
    if Verdict.WRONG in verdicts:
        return "wrong", NOT_COMPLETED
    return ("warned", WITH_FAILURES) if Verdict.WARNING in verdicts else ("fine", COMPLETED)
