"""Tasks as MAPI sees them (MS-OXOTASK 2.2.2.2): the properties that hold what the elements say."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulators.exchange.call import utc
from emulators.exchange.errors import ItemError
from emulators.exchange.people.twins import COMMON, Extra, Twin
from emulators.exchange.soap import flag
from emulators.exchange.tasks import state, task

_TASK = "{00062003-0000-0000-c000-000000000046}"


def _now() -> str:
    return utc(time.time())


class _Progress(Twin):
    """Status, part done and completion belong together: without one of them the task is not started."""

    def remove(self, extra: Extra) -> None:
        """Begin anew."""
        state.reopen(extra)


class _Status(_Progress):
    """PidLidTaskStatus: 0 not started to 4 deferred."""

    def read(self, extra: Extra) -> str | list[str] | None:
        """The number."""
        return str(state.STATUSES.index(state.status(extra)))

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Set the status; raises ItemError for a number that stands for none."""
        if not 0 <= int(str(value)) < len(state.STATUSES):
            raise ItemError("ErrorInvalidExtendedPropertyValue")
        state.set_status(extra, state.STATUSES[int(str(value))], _now())


class _Percent(_Progress):
    """PidLidPercentComplete: 0.0 to 1.0."""

    def read(self, extra: Extra) -> str | list[str] | None:
        """The part that is done."""
        return f"{state.percent(extra) / 100:.15g}"

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Set the part that is done; raises ItemError outside 0 to 1."""
        state.set_percent(extra, f"{float(str(value)) * 100:.15g}", _now())


class _Completed(_Progress):
    """PidLidTaskDateCompleted."""

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Complete the task at this time; raises ItemError for the future."""
        state.set_complete_date(extra, str(value), _now())
        extra[task.BY_MAPI] = str(value)


class _IsComplete(_Progress):
    """PidLidTaskComplete."""

    def read(self, extra: Extra) -> str | list[str] | None:
        """Whether the task is done."""
        return flag(state.is_complete(extra))

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Complete the task now, or begin it anew."""
        if (str(value) == "true") != state.is_complete(extra):
            state.set_status(extra, "Completed" if str(value) == "true" else "NotStarted", _now())


class _Minutes(Twin):
    """PidLidReminderDelta: what ReminderMinutesBeforeStartType can tell, 0 to 2629800, or the mark of the default."""

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Set the minutes. Assumption: any other number is refused."""
        if not 0 <= int(str(value)) <= 2_629_800 and int(str(value)) != 0x5AE980E1:
            raise ItemError("ErrorInvalidExtendedPropertyValue")
        super().write(extra, value)


@dataclass(frozen=True, slots=True)
class _Computed(Twin):
    """What the server alone knows."""

    told: Callable[[Extra], str] = flag

    def read(self, extra: Extra) -> str | list[str] | None:
        """The value."""
        return self.told(extra)

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Refused."""
        raise ItemError("ErrorInvalidPropertySet")

    def remove(self, extra: Extra) -> None:
        """Refused."""
        raise ItemError("ErrorInvalidPropertyDelete")


TASK: Mapping[str, Twin] = {
    f"{_TASK}/id:{0x8101}": _Status("Integer", "Status"),
    f"{_TASK}/id:{0x8102}": _Percent("Double", "PercentComplete"),
    f"{_TASK}/id:{0x8104}": Twin("SystemTime", "StartDate"),
    f"{_TASK}/id:{0x8105}": Twin("SystemTime", "DueDate"),
    f"{_TASK}/id:{0x810F}": _Completed("SystemTime", "CompleteDate"),
    f"{_TASK}/id:{0x8110}": Twin("Integer", "ActualWork"),
    f"{_TASK}/id:{0x8111}": Twin("Integer", "TotalWork"),
    f"{_TASK}/id:{0x811C}": _IsComplete("Boolean", "Status"),
    f"{_TASK}/id:{0x8126}": _Computed("Boolean", "Recurrence", told=lambda extra: flag("Recurrence" in extra)),
    f"{COMMON}/id:{0x8501}": _Minutes("Integer", "ReminderMinutesBeforeStart"),
    f"{COMMON}/id:{0x8502}": Twin("SystemTime", "ReminderDueBy"),
    f"{COMMON}/id:{0x8503}": Twin("Boolean", "ReminderIsSet"),
    f"{COMMON}/id:{0x8534}": Twin("String", "Mileage"),
    f"{COMMON}/id:{0x8535}": Twin("String", "BillingInformation"),
    f"{COMMON}/id:{0x8539}": Twin("StringArray", "Companies"),
    f"{COMMON}/id:{0x853A}": Twin("StringArray", "Contacts"),
}
