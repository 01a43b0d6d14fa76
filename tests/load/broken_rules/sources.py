"""What is computed of mailboxes that somebody moves away from."""

from __future__ import annotations

from tests.load.broken_rules.row import Broken

_SPOILED = "test_spoiled.py::test_the_page_response_code_"

ROWS = (
    Broken("MIME that cannot be made", "get_item.py", "spoiled.check(stored, shape)", "pass",
           f"{_SPOILED}mime_that_cannot_be_made_refuses_its_item_alone"),
    Broken("Bodies of corrupt items", "spoiled.py", '"ErrorItemCorrupt": _BODIES}',
           '"ErrorItemCorrupt": frozenset[str]()}', f"{_SPOILED}what_else_is_known_of_such_an_item_is_told"),
    Broken("Copies of what cannot be rendered", "move_item.py", "made.extra = dict(stored.extra)", "made.extra = {}",
           "test_spoiled.py::test_such_an_item_is_found_synchronized_and_copied_like_any_other"),
)
