"""What is computed of tasks."""

from __future__ import annotations

from tests.load.broken_rules.row import Broken

_STATE, _RECURRENCE, _SERIES, _SHARED = "tasks/state.py", "tasks/recurrence.py", "tasks/series.py", "recurrence.py"
_TASKS, _RECURRING = "test_tasks.py::test_", "test_recurring_tasks.py::test_"
_RANGE = "test_times_out_of_range.py::test_"
_COMPLETES = f"{_TASKS}MS_OXWSTASK_R67001_each_way_to_complete_does_the_same"
_PATTERNS = f"{_RECURRING}MS_OXWSTASK_R115_R117_R119_R121_R123_R125_every_pattern_with_every_end"
_REGENERATION = f"{_RECURRING}MS_OXWSTASK_R127_R129_R131_R133_regenerating_tasks_count_from_the_completion"

ROWS = (
    Broken("CompleteDate of a task completed by Status", _STATE,
           'extra["CompleteDate"] = written("CompleteDate", when)', "pass", _COMPLETES),
    Broken("PercentComplete of a completed task", _STATE, 'written("PercentComplete", "100")',
           'written("PercentComplete", "99")', _COMPLETES),
    Broken("Status of a task that is wholly done", _STATE, "if wanted == 100:", "if wanted > 100:", _COMPLETES),
    Broken("The last of Status, PercentComplete and CompleteDate", _STATE,
           'if wanted == "NotStarted" or is_complete(extra):', "if is_complete(extra) and wanted != \"NotStarted\":",
           f"{_TASKS}MS_OXWSTASK_R67002_the_last_one_processed_decides"),
    Broken("Status of a completed task that is partly done", _STATE,
           'elif wanted > 0 and before in ("NotStarted", "Completed"):', 'elif wanted > 0 and before == "NotStarted":',
           f"{_TASKS}MS_OXWSTASK_R67002_the_last_one_processed_decides"),
    Broken("PercentComplete of a completed task begun anew", _STATE, 'if wanted == "NotStarted" or is_complete(extra):',
           'if wanted == "NotStarted":', f"{_TASKS}MS_OXWSTASK_R5555_R5556_a_completed_task_is_begun_anew"),
    Broken("PercentComplete between 0 and 100", _STATE, "not 0 <= wanted <= 100", "not 0 <= wanted <= 101",
           f"{_TASKS}MS_OXWSTASK_R60_a_percentage_is_between_0_and_100[100.5]"),
    Broken("CompleteDate in the future", _STATE, "if when > now:", "if False:",
           f"{_TASKS}the_page_response_code_a_completion_is_not_in_the_future"),
    Broken("StatusDescription", _STATE, '"Waiting on someone else"', '"Waiting On Others"',
           f"{_TASKS}MS_OXWSTASK_R102_R103_R104_R105_R106_every_status_and_its_description"),
    Broken("ChangeCount", "tasks/task.py", 'int(extra.get(_CHANGES, "0")) + 1', "1",
           f"{_TASKS}MS_OXWSTASK_R45_changes_are_counted"),
    Broken("StartDate and DueDate in UTC", "tasks/task.py", "extra[name] = written(name, moments.utc_of(value))",
           "extra[name] = written(name, value)", f"{_TASKS}MS_OXWSTASK_R53_R63_times_are_told_in_utc"),
    Broken("ReminderDueBy", "tasks/task.py", 'due = plain(extra.get("DueDate")) or', "due =",
           f"{_TASKS}a_reminder_without_a_time_rings_when_the_task_is_due"),
    Broken("PidLidPercentComplete", "tasks/twins.py", "state.percent(extra) / 100:g", "state.percent(extra):g",
           f"{_TASKS}progress_has_twins_in_mapi"),
    Broken("IsComplete in filters", "tasks/task.py", '"IsComplete": state.is_complete(extra),',
           '"IsComplete": "CompleteDate" not in extra,', f"{_TASKS}tasks_are_found_and_sorted_by_their_fields"),
    Broken("IsRecurring", "tasks/task.py", '"IsRecurring": "Recurrence" in extra,', '"IsRecurring": False,',
           f"{_RECURRING}MS_OXWSTASK_R5666_R5667_a_task_recurs_as_long_as_it_has_a_recurrence"),
    Broken("DueDate moved with StartDate", "tasks/task.py", '_shifted("DueDate", due, distance)',
           'written("DueDate", utc(due.timestamp()))',
           f"{_RECURRING}the_example_of_the_page_create_item_operation_task"),
    Broken("DueDate moved alone", "tasks/task.py", '_shifted("DueDate", due, found.start - due.date())',
           'written("DueDate", utc(due.timestamp()))', f"{_RECURRING}without_a_start_only_the_due_date_is_moved"),
    Broken("The next occurrence: weeks", _SHARED, "timedelta(days=7 * self.interval)", "timedelta(days=7)", _PATTERNS),
    Broken("The next occurrence: months", _SHARED, "self.start.month - 1, self.interval):", "self.start.month - 1, 1):",
           _PATTERNS),
    Broken("The next occurrence: the last day of a short month", _SHARED, "min(self.day, length)", "min(self.day, 28)",
           _PATTERNS),
    Broken("The next occurrence: the last of some days", _SHARED, '"Last": -1', '"Last": 3', _PATTERNS),
    Broken("The last occurrence by number", _RECURRENCE, "self.series.number <= 1:", "self.series.number <= 2:",
           _PATTERNS),
    Broken("The last occurrence by date", _SHARED, "day > self.until:", "day >= self.until:", _PATTERNS),
    Broken("The completed occurrence is a task of its own", _SERIES,
           'for name, kept in stored.extra.items() if name != "Recurrence"}', "for name, kept in stored.extra.items()}",
           f"{_RECURRING}the_page_update_item_operation_task_a_completion_makes_a_task_of_its_own"),
    Broken("A series goes on unfinished", _SERIES,
           'for name in ("Status", "PercentComplete", "CompleteDate", "StartDate",',
           'for name in ("PercentComplete", "CompleteDate", "StartDate",',
           f"{_RECURRING}the_page_update_item_operation_task_a_completion_makes_a_task_of_its_own"),
    Broken("Regeneration from the completion", _RECURRENCE, "_month_on(completed + timedelta(",
           "_month_on(day + timedelta(",
           _REGENERATION),
    Broken("Regeneration: weeks", _RECURRENCE, '"WeeklyRegeneration": (7, 0)', '"WeeklyRegeneration": (5, 0)',
           _REGENERATION),
    Broken("Regeneration: another start", _SERIES,
           'return changed and not recurrence.read(after["Recurrence"]).regenerates',
           "return changed", f"{_RECURRING}another_start_makes_a_task_of_its_own_unless_it_regenerates"),
    Broken("First year of a recurrence", _SHARED, "if found.year < _FIRST_YEAR:", "if found.year < 1600:",
           f"{_RANGE}MS_OXWSTASK_R123_a_recurrence_begins_when_its_store_does[1600-12-31]"),
)
