"""What is read of a task, and what of it is written again.

The fields stand in the order of the schema ([MS-OXWSCORE] 2.2.4.24, [MS-OXWSTASK] 2.2.4.6). The MAPI properties are
those of [MS-OXOTASK] 2.2.2.2 and [MS-OXOFLAG] 2.2.1 that no field tells and that nothing acts upon. What a task request
brings along (who is told of changes, when the last update was sent) stays behind: by it a mail program would write to
people.
"""

from __future__ import annotations

from engine.connectors.exchange.typed.fields import COMMON, SEARCH_KEY, SIGNAL, Fields, Property

_TASK = "Task"
TEAM = Property("0x8103", "Boolean", _TASK)             # PidLidTeamTask
OWNER = Property("0x811f", "String", _TASK)             # PidLidTaskOwner: the name of whose task it is
ASSIGNER = Property("0x8121", "String", _TASK)          # PidLidTaskAssigner: the name of who has assigned it
OWNERSHIP = Property("0x8129", "Integer", _TASK, carried=False)     # PidLidTaskOwnership
TASK = Fields(
    "Task",
    "task",
    of_items=(
        "ItemClass", "Subject", "Sensitivity", "Body", "Categories", "Importance", "ReminderDueBy", "ReminderIsSet",
        "ReminderMinutesBeforeStart",
    ),
    between=("Culture",),
    own=(
        "ActualWork", "BillingInformation", "Companies", "CompleteDate", "Contacts", "DueDate", "Mileage",
        "PercentComplete", "Recurrence", "StartDate", "Status", "TotalWork",
    ),
    recurs=(),
    asked=("item:Attachments", "task:DelegationState", "task:Delegator", "task:Owner"),
    properties=(
        TEAM,
        Property("0x8123", "Integer", _TASK),           # PidLidTaskOrdinal
        Property("0x85a0", "SystemTime", COMMON),       # PidLidToDoOrdinalDate
        Property("0x85a1", "String", COMMON),           # PidLidToDoSubOrdinal
        OWNER,
        ASSIGNER,
        OWNERSHIP,
        SIGNAL,
        Property(SEARCH_KEY, "Binary", carried=False),
    ),
)
