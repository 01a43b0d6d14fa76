"""What is computed of mailboxes that somebody moves away from."""

from __future__ import annotations

from tests.load.broken_rules.row import Broken

_ARCHIVE, _SYSTEM = "test_archive.py::test_", "test_system_folders.py::test_"
_SPOILED = "test_spoiled.py::test_the_page_response_code_"

ROWS = (
    Broken("MIME that cannot be made", "get_item.py", "spoiled.check(stored, shape)", "pass",
           f"{_SPOILED}mime_that_cannot_be_made_refuses_its_item_alone"),
    Broken("Bodies of corrupt items", "spoiled.py", '"ErrorItemCorrupt": _BODIES}',
           '"ErrorItemCorrupt": frozenset[str]()}', f"{_SPOILED}what_else_is_known_of_such_an_item_is_told"),
    Broken("Copies of what cannot be rendered", "move_item.py", "made.extra = dict(stored.extra)", "made.extra = {}",
           "test_spoiled.py::test_such_an_item_is_found_synchronized_and_copied_like_any_other"),
    Broken("Deleted Items of an archive", "folder.py",
           'f"archive{role}" if top.distinguished == "archiveroot" else role', "role",
           f"{_ARCHIVE}what_is_deleted_from_an_archive_stays_in_it"),
    Broken("Recoverable Items of an archive", "folder.py", '"recoverableitemsroot", "archiverecoverableitemsroot")',
           '"recoverableitemsroot",)', f"{_ARCHIVE}what_is_purged_from_an_archive_is_gone"),
    Broken("Folders deleted in an archive", "sync.py", " if folder.is_below(call.db, row, place.id)]", "]",
           f"{_ARCHIVE}a_folder_deleted_from_an_archive_is_no_change_of_the_mailbox"),
    Broken("Paths into an archive", "folder.py", '[ARCHIVE] if folder.distinguished == "archiveroot" else []', "[]",
           f"{_ARCHIVE}items_live_in_an_archive"),
    Broken("Hidden folders", "default_folders.py", "if one.hidden:", "if False:",
           f"{_SYSTEM}the_page_hidden_folders_they_are_found_by_their_property"),
    Broken("Expired SyncState", "sync.py", "/{call.settings.sync_states}", "",
           "test_sync_folder_items.py::test_MS_OXWSCDATA_R518_a_state_that_has_expired_is_refused"),
    Broken("Changes between two portions", "sync.py", "upto = state.upto or self._call.mailbox.clock",
           "upto = self._call.mailbox.clock",
           "test_sync_folder_items.py::test_MS_OXWSSYNC_R504_what_the_owner_does_meanwhile_is_told_by_the_next_round"),
)
