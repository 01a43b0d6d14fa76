"""How far a task has come: Status, PercentComplete and CompleteDate, which follow one another.

Setting CompleteDate does the same as PercentComplete 100 or Status Completed (MS-OXWSTASK_R67001); of several in one
request the last one processed decides (R67002).
"""

import math

from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import plain, written

Extra = dict[str, str]
# The text of StatusDescription: "Not Started" is in the example of "GetItem operation (task)"; Assumption: the others.
DESCRIPTIONS = {"NotStarted": "Not Started", "InProgress": "In Progress", "Completed": "Completed",
                "WaitingOnOthers": "Waiting on someone else", "Deferred": "Deferred"}
STATUSES = tuple(DESCRIPTIONS)      # in the order of PidLidTaskStatus


def status(extra: Extra) -> str:
    """The Status."""
    return plain(extra.get("Status")) or "NotStarted"


def is_complete(extra: Extra) -> bool:
    """Whether the task is done."""
    return status(extra) == "Completed"


def percent(extra: Extra) -> float:
    """The PercentComplete, 0 to 100."""
    return float(plain(extra.get("PercentComplete")) or 0)


def complete(extra: Extra, when: str) -> None:
    """The task was done at this time, in UTC."""
    extra["Status"] = written("Status", "Completed")
    extra["PercentComplete"] = written("PercentComplete", "100")
    extra["CompleteDate"] = written("CompleteDate", when)


def reopen(extra: Extra) -> None:
    """The task is not done, and nothing of it."""
    for name in ("Status", "PercentComplete", "CompleteDate"):
        extra.pop(name, None)


def set_complete_date(extra: Extra, when: str, now: str) -> None:
    """CompleteDate in UTC; raises ItemError ErrorInvalidCompleteDate for the future."""
    if when > now:
        raise ItemError("ErrorInvalidCompleteDate")
    complete(extra, when)


def set_status(extra: Extra, wanted: str, now: str) -> None:
    """Status: Completed completes now, NotStarted starts anew, the others leave the percentage unless it was 100."""
    if wanted == "Completed":
        complete(extra, now)
        return
    if wanted == "NotStarted" or is_complete(extra):
        reopen(extra)
    extra["Status"] = written("Status", wanted)


def set_percent(extra: Extra, value: str, now: str) -> None:
    """PercentComplete, a double; raises ItemError ErrorInvalidPercentCompleteValue outside 0 to 100.

    Assumption: a part done of what was not begun, or was done, is in progress; nothing done is not started.
    """
    wanted = float(value.strip().replace("INF", "inf"))
    if math.isnan(wanted) or not 0 <= wanted <= 100:
        raise ItemError("ErrorInvalidPercentCompleteValue")
    if wanted == 100:
        complete(extra, now)
        return
    before = status(extra)
    if before == "Completed":
        reopen(extra)
    if wanted == 0 and before in ("InProgress", "Completed"):
        extra["Status"] = written("Status", "NotStarted")
    elif wanted > 0 and before in ("NotStarted", "Completed"):
        extra["Status"] = written("Status", "InProgress")
    extra["PercentComplete"] = written("PercentComplete", f"{wanted:.15g}")
