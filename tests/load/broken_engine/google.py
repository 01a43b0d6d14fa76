"""How a Google account would move otherwise than it has to, a row for each promise about it."""

from __future__ import annotations

from tests.load.broken_engine.row import Broken

_GOOGLE = "engine/connectors/google"
_JUDGED = "tests/load/google_judged.py::test_"
_SETTINGS = "tests/load/test_google_settings_seeded.py::test_"
_PART = f"{_JUDGED}a_part_of_the_calendars_is_moved_as_it_is"
TEXTS, MARKS, OTHERS, MEETINGS, DAYS, EXCEPTIONS, ENDS, PATTERNS, ZONES, CHANGED, LEFT = (
    f"{_PART}[{part}]" for part in (
        "texts", "marks", "others", "meetings", "days", "exceptions", "ends", "patterns", "zones", "changed zones",
        "left"))
PEOPLE = f"{_JUDGED}people_and_tasks_are_moved_as_they_are"
RULES = f"{_SETTINGS}letters_end_where_filters_would_have_put_them[kept to itself]"
SENT_ON = f"{_SETTINGS}letters_end_where_filters_would_have_put_them[sent on]"
AWAY = f"{_SETTINGS}a_responder_says_the_same"


def _broken(rule: str, file: str, find: str, instead: str, test: str) -> Broken:
    return Broken(rule, f"{_GOOGLE}/{file}.py", ((find, instead),), test)


def _event(rule: str, file: str, find: str, instead: str, test: str) -> Broken:
    return _broken(rule, f"calendars/{file}", find, instead, test)


def _contact(rule: str, file: str, find: str, instead: str) -> Broken:
    return _broken(rule, f"contacts/{file}", find, instead, PEOPLE)


ROWS = (
    # Events: what is listed, and where it goes.
    _event("A cancelled occurrence", "made", "cancelled.add(original)", "pass", EXCEPTIONS),
    _event("A changed occurrence", "made", "            changed[original] = one\n", "            pass\n", EXCEPTIONS),
    _event("An occurrence without its series", "reading", "        if _counts(orphan):\n", "        if False:\n",
           MEETINGS),
    _event("A calendar that is read only", "folders", 'frozenset({"owner", "writer", PARTLY})',
           'frozenset({"owner", "writer", PARTLY, "reader"})', LEFT),
    # What an appointment says.
    _event("A confidential event", "event", '"confidential": "Private"', '"confidential": "Normal"', MARKS),
    _event("What is free", "event", 'told.get("transparency") == "transparent" or answer', "answer", MARKS),
    _event("What is out of office", "event", "        return \"OOF\"\n", "        return \"Busy\"\n", MARKS),
    _event("A text in HTML", "body", "    shown = _tagged(description)\n",
           "    shown = html.escape(description)\n", TEXTS),
    _event("A way into a conference", "body", "        yield from _way(one)\n", "        yield from ()\n", MARKS),
    _event("A guest who need not come", "people", 'or one.get("optional"))]', "and False)]", MEETINGS),
    _event("What a guest answered", "people", '"declined": "Decline", "tentative"', '"declined": "Accept", "tentative"',
           MEETINGS),
    _event("Who has invited", "people", "    _name_organizer(item, event)\n", "", MEETINGS),
    _event("The earliest reminder", "reminders", "return max(popups or known", "return min(popups or known", MARKS),
    _event("The id of an event", "identity", "    if not uid or len(uid) > LONGEST:\n", "    if True:\n", MARKS),
    # When it is, and how it recurs.
    _event("Days in the calendar's zone", "times", "_of_days(of_days or usual), all_day", "UTC_NAME, all_day", DAYS),
    _event("The last day of a series", "made", "run.until.isoformat())", "(run.until - timedelta(days=1)).isoformat())",
           ENDS),
    _event("A zone that has had other hours", "zones",
           "return all(offset(zone, day) == offset(meant, day) for day in days)", "return True", CHANGED),
    _event("A zone that came late", "zones", "    if windows in LATE:\n", "    if False:\n", CHANGED),
    _event("Dates beside a rule", "planning", "known = {start, *told.dates,", "known = {start,", EXCEPTIONS),
    _event("Dates that are excluded", "planning", "there = (known - told.excluded -", "there = (known -", EXCEPTIONS),
    # Contacts, labels and tasks.
    _contact("A fourth address of mail", "reaching",
             '            card.keep(E_MAIL, f"{value} ({name})" if name else value, line(one, "type"))\n',
             "            pass\n"),
    _contact("A day without its year", "days", "        card.keep(what,", "        (lambda *_: None)(what,"),
    _contact("The hour of a day", "days", "T11:59:00Z", "T13:59:00Z"),
    _contact("A photo", "photo", "    return _attached(content)", "    return None"),
    _contact("The name of a photo", "photo", '"Name", NAME', '"Name", "photo.png"'),
    _contact("A category", "made", '    card.strings("Categories", category_names(beside["labels"]))\n', ""),
    _broken("A task's own day", "tasks/made", "T00:00:00Z", "T23:00:00Z", PEOPLE),
    _broken("What a sub-task is a part of", "tasks/made", '_subject(beside["above"],', "_subject((),", PEOPLE),
    _broken("A completed task", "tasks/made", 'is_done = task.get("status") == "completed"', "is_done = False", PEOPLE),
    _broken("Tasks that were cleared", "tasks/listed", 'showHidden="true"', 'showHidden="false"', PEOPLE),
    # Filters and the responder.
    _broken("What skips the inbox", "filters/deeds", 'archives="INBOX" in removed', "archives=False", RULES),
    _broken("What is sent on", "filters/deeds", 'str(action.get("forward") or "")', '""', SENT_ON),
    _broken("What a filter leaves out", "filters/conditions", "self._clauses(node.node, holds=not holds)",
            "self._clauses(node.node, holds=holds)", RULES),
    _broken("A size", "filters/conditions", "KIBI = 1024", "KIBI = 4096", RULES),
    _broken("Nobody outside is answered", "vacation", "return Audience.NOBODY", "return Audience.ALL", AWAY),
    _broken("The last day of a responder", "vacation", "return OutOfOffice(state, _audience(told), start, end,",
            "return OutOfOffice(state, _audience(told), start, start and start + OPEN_END,", AWAY),
)
