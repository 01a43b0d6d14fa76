"""What is computed of mailboxes that somebody moves away from."""

from __future__ import annotations

from tests.load.broken_rules.row import Broken

_ARCHIVE, _SYSTEM = "test_archive.py::test_", "test_system_folders.py::test_"
_ADDRESSES = "test_addresses.py::test_"
_FOUND = "test_autodiscover.py::test_"
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
    Broken("Accounts without a mailbox", "folder.py", 'raise ItemError("ErrorMissingEmailAddress")', "pass",
           f"{_ADDRESSES}an_account_without_a_mailbox_names_one_with_each_folder"),
    Broken("The mailboxes of an account without one", "rights.py",
           "reachable = allowed if own is None else {caller, *allowed}", "reachable = {caller, *allowed}",
           f"{_ADDRESSES}an_account_without_a_mailbox_may_name_one_in_some_folders_of_a_batch"),
    Broken("Proxy addresses of folders", "folder.py",
           'raise ItemError("ErrorNonPrimarySmtpAddress", values=(("Primary", primary),))', "pass",
           f"{_ADDRESSES}the_page_distinguishedfolderid_proxy_addresses_are_not_allowed"),
    Broken("The primary address that an error tells", "soap.py",
           'f"<m:MessageXml>{told}</m:MessageXml>" if told else ""', '""',
           f"{_ADDRESSES}the_page_distinguishedfolderid_proxy_addresses_are_not_allowed"),
    Broken("Proxy addresses of whom one impersonates", "rights.py", 'if kind == "SmtpAddress":',
           'if kind != "PrincipalName":', f"{_ADDRESSES}the_page_primarysmtpaddress_others_are_not_accepted"),
    Broken("Impersonation by way of a server", "rights.py", "if not settings.impersonates_here:", "if False:",
           f"{_ADDRESSES}the_page_response_code_a_server_may_refuse_all_impersonation"),
    Broken("Proxy addresses that resolve", "people/directory.py", "one.name, one.address, *one.proxies)]",
           "one.name, one.address)]", f"{_ADDRESSES}all_addresses_of_a_mailbox_reach_it"),
    Broken("Signing in with an address", "emulator.py", "*([address] if by_address else [])", "address",
           f"{_ADDRESSES}who_signs_in_with_another_name_has_the_same_root_folder"),
    Broken("Addresses that Autodiscover knows", "service.py",
           "primary = mailbox.primary_of(self.store.db, autodiscover.address_in(target))",
           "primary = mailbox.load(self.store.db, autodiscover.address_in(target)) and 'x'",
           f"{_FOUND}automx_44_where_ews_is_is_told_to_anybody"),
    Broken("Protocols that Autodiscover knows", "autodiscover.py", "if one.lower() == protocol.lower()), None)",
           "if one.lower() == protocol.lower()), 'Ews')", f"{_FOUND}errors_are_told_in_json"),
    Broken("Redirections of Autodiscover", "autodiscover.py", 'or known.get(wanted.partition("@")[2])', "",
           f"{_FOUND}whose_mailbox_is_elsewhere_is_redirected"),
    Broken("Redirections that are counted", "autodiscover.py", "if count.isdecimal() else 0)", "if False else 0)",
           f"{_FOUND}whose_mailbox_is_elsewhere_is_redirected"),
    Broken("Autodiscover of older servers", "autodiscover.py", 'settings.server.rank < RANK["Exchange2013"]', "False",
           f"{_FOUND}exchange_2010_has_no_such_page"),
)
