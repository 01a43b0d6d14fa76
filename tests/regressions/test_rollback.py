"""What a rollback takes back, what it leaves, and what it says of both."""

from __future__ import annotations

from emulators.exchange import Fault
from tests.regressions.conftest import Person
from tests.regressions.test_second_run import account
from tests.servers.mail_servers.hard_imap import Folder as Mailbox
from tests.servers.mail_servers.hard_imap import hard_imap, letters

MESSAGES = 20


def test_a_mailbox_whose_clock_is_behind_is_rolled_back(claire: Person) -> None:
    """The server that dates the items is three minutes behind the one that answers: all of them go all the same."""
    claire.exchange.configure(mailbox_ahead_s=-180)
    with hard_imap(list(letters(MESSAGES))) as server:
        task_id = claire.migrate(account(server)).json["task_id"]

    back = claire.omm("rollback", task_id, "--yes")

    assert (back.status, claire.subjects()) == (0, [])


def test_a_message_that_is_filed_into_a_folder_as_it_goes_stays(claire: Person) -> None:
    """The folder was empty when it was looked at; a rule of its owner files mail there before it is removed."""
    with hard_imap({b"Clients": Mailbox(letters(MESSAGES))}) as server:
        server.listed = b'* LIST () "/" Clients\r\n'
        task_id = claire.migrate(account(server)).json["task_id"]
    claire.exchange.add_fault(Fault(operation="DeleteFolder", nth=1, action="file", name="urgent", path=("Clients",)))

    claire.omm("rollback", task_id, "--yes")

    assert [subject for _, subject in claire.subjects()] == ["urgent"]


def test_a_rollback_whose_answer_was_lost_gives_account_of_every_item(claire: Person) -> None:
    """The removal is carried out and its answer never comes: what was found is removed, kept, or gone."""
    with hard_imap(list(letters(MESSAGES))) as server:
        task_id = claire.migrate(account(server)).json["task_id"]
    claire.exchange.add_fault(Fault(operation="DeleteItem", nth=1, when="after", action="drop"))

    counts = claire.omm("rollback", task_id, "--yes", "--json").json["rollback"]

    assert (claire.subjects(), counts["found"]) == ([], MESSAGES)
    assert counts["removed"] + counts["kept"] + counts.get("gone", 0) == MESSAGES


def test_a_task_that_is_being_rolled_back_is_nothing_to_count_on(claire: Person) -> None:
    """A rollback is killed, another migration of the same mail follows, and the rollback goes on: the mail is there."""
    with hard_imap(list(letters(MESSAGES))) as server:
        task_id = claire.migrate(account(server)).json["task_id"]
        claire.exchange.add_fault(Fault(operation="DeleteItem", nth=1, action="hold", name="removal"))
        claire.exchange.add_fault(Fault(operation="DeleteItem", nth=1, action="drop"))     # it never arrives
        killed = claire.start("rollback", task_id, "--yes")
        claire.exchange.wait_held("removal", 60)
        killed.kill()
        killed.communicate()
        claire.exchange.clear_faults()
        before = claire.subjects()

        again = claire.migrate(account(server))
        claire.omm("rollback", task_id, "--yes")

    assert (again.status, len(before)) == (0, MESSAGES)
    assert claire.subjects() == before
