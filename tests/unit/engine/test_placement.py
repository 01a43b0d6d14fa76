"""Where the folders of a source are put."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.connectors.exchange.errors import AnswerLostError, outcome_of_request
from engine.contents.mail import KIND
from engine.errors import FatalError, NameTakenError, RefusedError, RetryableError
from engine.items.folders.placement import LONGEST_NAME, NAMELESS, Placed, Placement, display_name, numbered
from engine.items.run import Run
from engine.items.tags import folder_code, folder_tag
from engine.pace.halt import Halt
from engine.ports.destination import DestinationFolder
from engine.ports.items import Outcome, Verdict
from engine.ports.source import Role, SourceFolder

TASK = "7K2F-9QXD"


class Mailbox:
    """The folders of a destination, with Exchange's rules for names: not empty, no longer than 255, siblings differ.

    `before_create` and `after_create` are called around each creation and may raise.
    """

    def __init__(self) -> None:
        self.folders_by_id: dict[str, DestinationFolder] = {}
        self.before_create: Callable[[str], None] = lambda _name: None
        self.after_create: Callable[[str], None] = lambda _name: None
        self.same_name: Callable[[str], str] = str.casefold
        self.top = "top"
        for role, name in ((Role.INBOX, "Inbox"), (Role.SENT, "Sent Items"), (Role.DRAFTS, "Drafts"),
                           (Role.DELETED, "Deleted Items"), (Role.JUNK, "Junk Email")):
            self.add(name, role=role)
        self.add("Calendar", kind="IPF.Appointment")
        self.made = self.asked = self.requests = 0

    def add(self, name: str, parent: str = "top", **more: object) -> str:
        folder_id = f"f{len(self.folders_by_id)}"
        self.folders_by_id[folder_id] = DestinationFolder(id=folder_id, parent_id=parent, name=name, **more)
        return folder_id

    def folders(self) -> tuple[DestinationFolder, ...]:
        return tuple(self.folders_by_id.values())

    def create_folder(self, parent_id: str, name: str, tag: str, **_class: str) -> DestinationFolder:
        self.asked += 1
        self.before_create(name)
        assert len(name.encode("utf-16-le")) <= 2 * 255
        assert name.strip()
        assert len(tag) <= 64
        siblings = {self.same_name(f.name) for f in self.folders_by_id.values() if f.parent_id == parent_id}
        if self.same_name(name) in siblings:
            raise NameTakenError("a folder of this name is there already")
        made = self.folders_by_id[self.add(name, parent_id, tag=tag)]
        self.made += 1
        self.after_create(name)
        return made

    def create_folders(self, parent_id: str, new: Sequence[tuple[str, str]], **_class: str) -> list[Outcome]:
        """As Exchange: each folder for itself, and a lost answer tells of none."""
        outcomes = []
        self.requests += 1
        for name, tag in new:
            try:
                outcomes.append(Outcome(Verdict.DONE, id=self.create_folder(parent_id, name, tag).id))
            except RefusedError as error:
                outcomes.append(Outcome(Verdict.REFUSED, error=error))
            except (AnswerLostError, FatalError) as error:
                return [outcome_of_request(error, len(new))] * len(new)
            except RetryableError as error:
                outcomes.append(Outcome(Verdict.BUSY, error=error, back_off=error.back_off))
        return outcomes

    def deadline(self, size: int) -> float:
        return 20

    def path(self, folder_id: str) -> str:
        folder = self.folders_by_id[folder_id]
        above = "" if folder.parent_id == "top" else self.path(folder.parent_id or "") + " > "
        return above + folder.name

    def change(self, folder_id: str, **changes: object) -> None:
        """What its owner does to a folder."""
        self.folders_by_id[folder_id] = replace(self.folders_by_id[folder_id], **changes)


class AlwaysOwner:
    def __init__(self) -> None:
        self.covered: list[float] = []

    def cover(self, seconds: float) -> None:
        self.covered.append(seconds)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def run(mailbox: Mailbox, task: str = TASK, owner: AlwaysOwner | None = None) -> Run:
    return Run(  # type: ignore[call-arg]
        task_id=task, destination=mailbox, journal=None, mailbox_clock=None, images=None,  # type: ignore[arg-type]
        owner=owner or AlwaysOwner(),
        halt=Halt(), grace=1, on_step=lambda _step: None, report=lambda _failures: None, begin_report=lambda: None,
    )


def source(*paths: str | Sequence[str], **roles: Role) -> list[SourceFolder]:
    """Source folders by name (or path); `Sent=Role.SENT` gives one its role."""
    found = []
    for path in paths:
        names = (path,) if isinstance(path, str) else tuple(path)
        found.append(SourceFolder(names, "/".join(names), roles.get(names[-1])))
    return found


def placed(mailbox: Mailbox, folders: list[SourceFolder], task: str = TASK) -> list[Placed]:
    return Placement(run(mailbox, task), KIND).place(folders)


def paths(mailbox: Mailbox, folders: list[SourceFolder], task: str = TASK) -> list[str]:
    """Where each folder goes, as a path."""
    found = placed(mailbox, folders, task)
    return [mailbox.path(p.folder_id) if p.folder_id else f"refused: {p.refusal}" for p in found]


def tag_of(*path: str, task: str = TASK) -> str:
    return folder_tag(task, folder_code(path))


# Roles


def test_a_role_goes_to_the_same_role_whatever_either_is_called(mailbox: Mailbox) -> None:
    """Names play no part; nothing is made."""
    folders = source("INBOX", "Gesendet", "Papierkorb", INBOX=Role.INBOX, Gesendet=Role.SENT, Papierkorb=Role.DELETED)

    assert paths(mailbox, folders) == ["Inbox", "Sent Items", "Deleted Items"]
    assert mailbox.made == 0


def test_a_role_that_the_destination_lacks_is_a_folder_like_others(mailbox: Mailbox) -> None:
    """An archive has no counterpart: it is made under its name."""
    assert paths(mailbox, source("Archiv", Archiv=Role.ARCHIVE)) == ["Archiv"]


def test_two_folders_of_one_role_do_not_share(mailbox: Mailbox) -> None:
    """The first takes the destination's, the other is made."""
    folders = source("Sent", "Sent Messages", Sent=Role.SENT, **{"Sent Messages": Role.SENT})

    assert paths(mailbox, folders) == ["Sent Items", "Sent Messages"]


def test_a_namesake_does_not_take_the_folder_of_a_role(mailbox: Mailbox) -> None:
    """"Drafts" without a role comes first, yet the destination's Drafts goes to the folder that has the role."""
    folders = source("Drafts", "Entwürfe", Entwürfe=Role.DRAFTS)

    assert paths(mailbox, folders) == ["Drafts (2)", "Drafts"]


def test_without_a_rival_a_namesake_adopts_a_folder_with_a_role(mailbox: Mailbox) -> None:
    """A server that tells no roles has its "Sent Items" put into Sent Items."""
    assert paths(mailbox, source("sent items")) == ["Sent Items"]


# Made, adopted, found again


def test_many_folders_need_few_requests(mailbox: Mailbox) -> None:
    """A hundred and twenty side by side are made in three requests, whatever else there is."""
    names = [f"Client {number}" for number in range(120)]

    assert paths(mailbox, source("INBOX", *names, INBOX=Role.INBOX)) == ["Inbox", *names]
    assert mailbox.requests == 3


def test_one_that_is_refused_among_many_gets_a_number(mailbox: Mailbox) -> None:
    """The server holds two names for equal that are not: the others keep theirs, and nothing is made twice."""
    mailbox.same_name = lambda name: name.casefold().replace("²", "2")

    assert paths(mailbox, source("a2", "a²", "b", "c")) == ["a2", "a² (2)", "b", "c"]
    assert mailbox.made == 4


def test_a_numbered_twin_takes_no_folder_that_was_made_for_another(mailbox: Mailbox) -> None:
    """`a` is `A` to Exchange, and `a (2)` has a folder of its own: each keeps its place on every visit."""
    folders = source("A", "a", "a (2)")

    first = paths(mailbox, folders)

    assert first == ["A", "a (3)", "a (2)"]
    assert paths(mailbox, folders, "3MNP-4RST") == first


def test_who_is_put_off_among_many_is_asked_for_again(mailbox: Mailbox) -> None:
    """Those that were made are not asked for a second time."""
    times = iter(range(100))

    def busy(name: str) -> None:
        if name in ("b", "c") and next(times) < 3:
            raise RetryableError("busy", back_off=0.01)

    mailbox.before_create = busy

    assert paths(mailbox, source("a", "b", "c", "d")) == ["a", "b", "c", "d"]
    assert (mailbox.requests, mailbox.asked, mailbox.made) == (3, 4 + 2 + 1, 4)


def test_a_lost_answer_about_many_makes_none_twice(mailbox: Mailbox) -> None:
    """The third was made, and the connection broke: what is there is found, the rest is made."""
    def broken(name: str) -> None:
        if name == "c":
            raise AnswerLostError("The connection broke.")

    mailbox.after_create = broken

    assert paths(mailbox, source("a", "b", "c", "d", "e")) == ["a", "b", "c", "d", "e"]
    assert mailbox.made == 5


def test_what_is_missing_is_made_below_its_parent_and_tagged(mailbox: Mailbox) -> None:
    """Parents first, each with its own tag, under the lease."""
    owner = AlwaysOwner()
    folders = source("Work", ("Work", "2024"), ("Work", "2024", "Q1"))
    found = list(Placement(run(mailbox, owner=owner), KIND).place(folders))

    assert [mailbox.path(p.folder_id) for p in found] == ["Work", "Work > 2024", "Work > 2024 > Q1"]
    assert all(p.made for p in found)
    assert mailbox.folders_by_id[found[2].folder_id].tag == tag_of("Work", "2024", "Q1")
    assert owner.covered == [20, 20, 20]


def test_children_of_a_role_lie_below_the_destinations_own(mailbox: Mailbox) -> None:
    """INBOX/Club is Inbox > Club, and a folder in the bin stays in the bin."""
    folders = source("INBOX", ("INBOX", "Club"), "Trash", ("Trash", "Old"), INBOX=Role.INBOX, Trash=Role.DELETED)

    assert paths(mailbox, folders) == ["Inbox", "Inbox > Club", "Deleted Items", "Deleted Items > Old"]


def test_a_folder_without_its_parent_hangs_from_the_next_one_above(mailbox: Mailbox) -> None:
    """A parent that the source does not list does not stop its child."""
    assert paths(mailbox, source("a", ("a", "b", "c"))) == ["a", "a > c"]


def test_a_folder_of_the_same_name_is_adopted(mailbox: Mailbox) -> None:
    """What is there already, in any case, is used and not made again, nor tagged."""
    there = mailbox.add("WORK")
    found = placed(mailbox, source("Work"))

    assert [(p.folder_id, p.made) for p in found] == [(there, False)]
    assert mailbox.folders_by_id[there].tag is None


def test_a_folder_of_the_same_name_elsewhere_is_not_adopted(mailbox: Mailbox) -> None:
    """Only at the same place is it the same folder."""
    mailbox.add("Work", mailbox.add("Old"))

    assert paths(mailbox, source("Work")) == ["Work"]


def test_a_second_run_finds_everything_again(mailbox: Mailbox) -> None:
    """Another task places the same source without making anything."""
    folders = source("a", "A", "a/b", ("a", "b"), "", " ", "x" * 400, "Calendar", "\U0001f4e7")
    first = placed(mailbox, folders)
    made = mailbox.made
    second = placed(mailbox, folders, "1111-1111")

    assert [p.folder_id for p in second] == [p.folder_id for p in first]
    assert mailbox.made == made
    assert not any(p.made for p in second)


def test_a_folder_that_its_owner_renamed_or_moved_is_found_by_its_tag(mailbox: Mailbox) -> None:
    """Wherever it lies and whatever it is called; its children follow it."""
    work, _sub = (p.folder_id for p in placed(mailbox, source("Work", ("Work", "Sub"))))
    mailbox.change(work, name="Arbeit", parent_id=mailbox.add("Private"))
    mailbox.add("Work")

    found = paths(mailbox, source("Work", ("Work", "Sub"), ("Work", "New")), "1111-1111")

    assert found == ["Private > Arbeit", "Private > Arbeit > Sub", "Private > Arbeit > New"]


def test_two_folders_whose_names_were_swapped_are_not_mixed_up(mailbox: Mailbox) -> None:
    """Tags win over names in both directions."""
    a, b = (p.folder_id for p in placed(mailbox, source("a", "b")))
    mailbox.change(a, name="b")
    mailbox.change(b, name="a")

    assert [p.folder_id for p in placed(mailbox, source("a", "b"), "1111-1111")] == [a, b]


def test_a_new_folder_does_not_take_one_that_carries_anothers_tag(mailbox: Mailbox) -> None:
    """Our folder of "b", renamed "a" by its owner, stays that of "b" when the source has an "a" by now."""
    (b,) = (p.folder_id for p in placed(mailbox, source("b")))
    mailbox.change(b, name="a")

    found = placed(mailbox, source("a", "b"), "1111-1111")

    assert found[1].folder_id == b
    assert mailbox.path(found[0].folder_id) == "a (2)"


def test_a_folder_in_deleted_items_is_not_used_again(mailbox: Mailbox) -> None:
    """What its owner threw away, with all that lies in it, is made anew."""
    work, _sub = (p.folder_id for p in placed(mailbox, source("Work", ("Work", "Sub"))))
    bin_id = next(f.id for f in mailbox.folders() if f.role is Role.DELETED)
    mailbox.change(work, parent_id=bin_id)

    again = placed(mailbox, source("Work", ("Work", "Sub")), "1111-1111")

    assert [mailbox.path(p.folder_id) for p in again] == ["Work", "Work > Sub"]
    assert all(p.made for p in again)


def test_a_folder_that_its_owner_renamed_is_used_whoever_asks(mailbox: Mailbox) -> None:
    """A folder's code holds nothing of the account: another account's folder of the same path goes there as well."""
    mailbox.add("x", tag=folder_tag("1111-1111", folder_code(["Work"])))

    assert paths(mailbox, source("Work")) == ["x"]


# Names


def test_names_that_differ_only_in_case_get_folders_of_their_own(mailbox: Mailbox) -> None:
    """Exchange knows no case: the second is numbered."""
    assert paths(mailbox, source("Work", "WORK", "work")) == ["Work", "WORK (2)", "work (3)"]


def test_a_number_that_is_taken_is_stepped_over(mailbox: Mailbox) -> None:
    """A folder that is really called "(2)" keeps its name."""
    assert paths(mailbox, source("Work", "Work (2)", "WORK")) == ["Work", "Work (2)", "WORK (3)"]


def test_a_calendar_is_not_taken_for_mail(mailbox: Mailbox) -> None:
    """A folder of that name that holds no mail is left alone."""
    assert paths(mailbox, source("calendar")) == ["calendar (2)"]


@pytest.mark.parametrize("name", [
    "a/b", "a\\b", "\U0001f4e7 Post", "  x ", "x ", "Тест", "<&>\"'", "CON", "..", "%20", "*"])
def test_unusual_names_are_kept(mailbox: Mailbox, name: str) -> None:
    """Slashes, emoji, spaces around, markup: what Exchange can carry is carried."""
    (found,) = placed(mailbox, source(name))

    assert mailbox.folders_by_id[found.folder_id].name == name


def test_a_slash_in_a_name_is_not_a_folder_in_a_folder(mailbox: Mailbox) -> None:
    """"a/b" and b in a are two folders."""
    assert paths(mailbox, source("a/b", "a", ("a", "b"))) == ["a/b", "a", "a > b"]


@pytest.mark.parametrize("name", ["", " ", "\u2003", "\n"])
def test_an_empty_name_is_given_one(name: str) -> None:
    """Nothing to be seen is shown as having no name; a control character is at least a sign."""
    assert display_name(name) in (NAMELESS, "\ufffd")


@given(st.text(st.characters(), max_size=600))
@example("\U0001f4e7" * 200)
@example("x" + "\U0001f4e7" * 200)
def test_any_name_becomes_one_that_exchange_takes(name: str) -> None:
    """At most 255 UTF-16 units, something to be seen, nothing that XML cannot carry, also with a number behind it."""
    for number, shown in zip(range(12), numbered(display_name(name)), strict=False):
        assert shown.strip()
        assert len(shown.encode("utf-16-le")) <= 2 * LONGEST_NAME
        assert not any(ord(c) < 32 or c in "\ufffe\uffff" for c in shown)
        assert number == 0 or shown.endswith(f" ({number + 1})")


PLAIN = st.characters(codec="utf-8", exclude_categories=("Cc",), exclude_characters="\ufffe\uffff")


@given(st.text(PLAIN, max_size=120))
def test_a_name_that_exchange_takes_is_not_touched(name: str) -> None:
    """Only what cannot be carried is changed."""
    assert display_name(name) == (name if name.strip() else NAMELESS)


def test_names_that_agree_in_their_first_255_characters_stay_apart(mailbox: Mailbox) -> None:
    """Cut to the same name, the second gets a number within the limit."""
    one, other = placed(mailbox, source("x" * 300 + "a", "x" * 300 + "b"))

    assert mailbox.folders_by_id[one.folder_id].name == "x" * 255
    assert mailbox.folders_by_id[other.folder_id].name == "x" * 251 + " (2)"


def test_names_that_the_server_holds_for_equal_get_a_number(mailbox: Mailbox) -> None:
    """A server that trims spaces refuses the twin although we see no such folder: it is numbered, not lost."""
    mailbox.same_name = lambda name: name.strip().casefold()

    assert paths(mailbox, source("x", "x ")) == ["x", "x  (2)"]


# When making goes wrong


def test_a_refused_folder_is_said_and_its_children_go_on(mailbox: Mailbox) -> None:
    """A folder that cannot be made under any name is refused with the reason; the next one above takes its children."""
    def refuse(name: str) -> None:
        if name.startswith("bad"):
            raise RefusedError("the destination refused it (ErrorX)")

    mailbox.before_create = refuse

    assert paths(mailbox, source("a", ("a", "bad"), ("a", "bad", "c"))) == [
        "a", "refused: its folder could not be made: the destination refused it (ErrorX)", "a > c"]


def test_a_refused_folder_is_tried_under_its_own_name_alone(mailbox: Mailbox) -> None:
    """No number helps against a refusal that is not the name's: it has none behind it when it is made in the end."""
    tried = []

    def refuse(name: str) -> None:
        tried.append(name)
        if len(tried) < 4:
            raise RefusedError("the destination refused it (ErrorX)")

    mailbox.before_create = refuse

    assert paths(mailbox, source("Clients")) == ["Clients"]
    assert tried == ["Clients"] * 4


@pytest.mark.parametrize("committed", [True, False])
def test_a_creation_whose_answer_was_lost_is_not_repeated_blindly(mailbox: Mailbox, committed: bool) -> None:
    """The folder is looked for first: made, it is used; not made, it is made once."""
    lost = [True]

    def lose(_name: str) -> None:
        if lost:
            lost.pop()
            raise AnswerLostError("lost", back_off=0.01)

    if committed:
        mailbox.after_create = lose
    else:
        mailbox.before_create = lose

    assert paths(mailbox, source("Work")) == ["Work"]
    assert (mailbox.made, mailbox.asked) == (1, 1 if committed else 2)
    assert next(f.tag for f in mailbox.folders() if f.name == "Work") == tag_of("Work")


def test_a_folder_that_turns_up_meanwhile_is_adopted(mailbox: Mailbox) -> None:
    """Its owner made it between our look and our request."""
    def race(name: str) -> None:
        mailbox.before_create = lambda _name: None
        mailbox.add(name)

    mailbox.before_create = race
    (found,) = placed(mailbox, source("Work"))

    assert (mailbox.path(found.folder_id), found.made) == ("Work", False)


def test_a_fatal_error_stops_the_placing(mailbox: Mailbox) -> None:
    """A full or closed mailbox is not taken for a refusal of one folder."""
    def full(_name: str) -> None:
        raise FatalError("The mailbox is full.")

    mailbox.before_create = full

    with pytest.raises(FatalError, match="full"):
        placed(mailbox, source("Work"))


@given(st.lists(st.lists(st.sampled_from(["a", "A", "a ", "", "b", "Calendar", "INBOX", "ß", "ss", "x" * 260]),
                         min_size=1, max_size=3).map(tuple), unique=True, max_size=12))
def test_no_two_source_folders_ever_share_one(paths_given: list[tuple[str, ...]]) -> None:
    """Whatever the names, each folder has a place of its own, and a second run gives it the same one."""
    mailbox = Mailbox()
    folders = [SourceFolder(path, "/".join(path)) for path in sorted(paths_given)]
    first = [p.folder_id for p in placed(mailbox, folders)]
    second = [p.folder_id for p in placed(mailbox, folders, "1111-1111")]

    assert len(set(first)) == len(folders)
    assert second == first
