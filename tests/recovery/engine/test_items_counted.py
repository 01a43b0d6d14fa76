"""The numbers and words of Check first, and of a report, are so."""

from __future__ import annotations

from pathlib import Path

from bot.views import ahead as views
from engine.items.foreseen import Foreseen
from engine.migration.content import Content
from engine.migration.looking_ahead import Ahead, look_ahead
from engine.pace.halt import Halt
from engine.store.vault import Secret
from tests.servers.items.group_seeds import alone, group
from tests.servers.items.moving import Moving, moving
from tests.servers.items.seeds import Seed, told
from tests.servers.world import PASSWORD, World


def looks(at: World) -> Ahead:
    """What Check first sees."""
    return look_ahead(
        at.engine, at.request(), source_password=Secret("-"), destination_password=Secret(PASSWORD), halt=Halt()
    )


def foreign() -> list[Seed]:
    """A contact and a group, and beside them in their folder a task, which is none of both."""
    return [
        Seed("Ann", "Contact", told(DisplayName="Ann")), group("team", alone("x@example.net")),
        Seed("stray", "Task", place=("Contacts",)),
    ]


def test_an_item_of_neither_kind_beside_contacts_is_counted_once(tmp_path: Path) -> None:
    """One task lies among the contacts: one item is left out, before as in the report."""
    with moving(tmp_path, foreign()) as at:
        ahead: list[Foreseen] = list(looks(at.at).contents.values())
        done = at.migrate()

        assert sum(at.counts(done, content).left_out for content in at.contents) == 1, at.said(done)
        assert sum(each.left_out for each in ahead) == 1


def test_what_is_no_contact_is_not_called_a_contact(tmp_path: Path) -> None:
    """The report says “1 item”, or what it is; not “1 contact: not of this kind”."""
    with moving(tmp_path, foreign()) as at:
        done = at.migrate()
        said = [(line.item, line.reason) for line in at.lines(done) if "not of this kind" in line.reason]

        assert said
        assert not [item for item, _ in said if item in ("1 contact", "1 contact group")], said


def copied_twice(at: Moving, kind: str) -> list[str]:
    """Copies the one item of a kind twice within its folder; the ids of all three."""
    [item] = [one for each in at.there.named(kind).values() for one in each]
    for _ in range(2):
        at.old.call(
            f'<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="tasks"/></m:ToFolderId>'
            f'<m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:CopyItem>'
        )
    return [one for each in at.there.named(kind).values() for one in each]


def test_one_of_three_twins_that_was_removed_at_the_source_is_counted(tmp_path: Path) -> None:
    """Three were copied, two are left: one was removed at the source since."""
    with moving(tmp_path, [Seed("T", "Task")], wanted=(Content.TASKS,)) as at:
        twins = copied_twice(at, "Task")
        assert at.counts(at.migrate(), Content.TASKS).copied == 3
        at.old.delete(twins[0])
        again = at.counts(at.migrate(), Content.TASKS)

        assert (again.found, again.already_there, again.removed_at_source) == (2, 2, 1)


def test_contacts_whose_folder_was_removed_at_the_source_are_counted(tmp_path: Path) -> None:
    """Whoever deletes a folder removes all that lay in it; the later run says how many."""
    below = [Seed(name, "Contact", told(DisplayName=name), place=("Contacts", "Friends")) for name in ("Ann", "Bob")]
    seeds = [Seed("Eve", "Contact", told(DisplayName="Eve")), *below]
    with moving(tmp_path, seeds, wanted=(Content.CONTACTS,)) as at:
        at.migrate()
        folder, _ = at.there.folders()["Contacts/Friends"]
        at.old.call(
            f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds><t:FolderId Id="{folder}"/></m:FolderIds>'
            "</m:DeleteFolder>"
        )
        again = at.migrate()

        assert at.counts(again, Content.CONTACTS).removed_at_source == 2, at.said(again)


def test_where_a_folder_of_a_long_name_goes_is_said(tmp_path: Path) -> None:
    """The form shortens both names rather than leave out where it goes, or that it is new."""
    upper, lower = "u" * 180, "l" * 180
    with moving(tmp_path, [Seed("Ann", "Contact", told(DisplayName="Ann"), place=("Contacts", upper, lower))]) as at:
        said = str(views.seen(looks(at.at), None)[0])
        folders = [line for line in said.split("'text': ") if line.startswith("'•")]

        assert folders
        assert [line for line in folders if "→" not in line or "(new)" not in line] == []
