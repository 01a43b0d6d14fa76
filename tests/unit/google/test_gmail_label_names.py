"""Labels of Gmail's and of the owner's are told apart, in whatever spelling they come."""

from __future__ import annotations

import pytest

from engine.connectors.google.mail.labels import Carried, Homes, Labels, LabelSets, Shown, category

HOMES = Homes("INBOX", "[Gmail]/Sent Mail", "[Gmail]/Drafts", "[Gmail]/Archive")


def labels(*names: str, utf8: bool = False) -> Labels:
    """Labels of a mailbox in which LIST shows those; the ref of a folder is its name in brackets."""
    return Labels([Shown(name, tuple(name.split("/")), f"<{name}>") for name in names], HOMES, utf8=utf8)


@pytest.mark.parametrize(
    ("raw", "carried"),
    [
        ((b"\\Inbox", b"\\SENT", b"Inbox", b"Sent"), Carried(frozenset({b"\\inbox", b"\\sent"}), ("Inbox", "Sent"))),
        ((b"\\Wichtig",), Carried(frozenset(), ("\\Wichtig",))),
        ((b"\\\\Wichtig",), Carried(frozenset(), ("\\Wichtig",))),
        ((b"\\Sent",), Carried(frozenset({b"\\sent"}), ())),
        ((b"\\Sent", b"\\Sent"), Carried(frozenset({b"\\sent"}), ("\\Sent",))),
        ((b"\\Draft", b"\\Drafts", b"\\Draft"), Carried(frozenset({b"\\draft"}), ())),
        ((b"\\Hidden",), Carried(frozenset(), ("\\Hidden",))),
    ],
)
def test_a_backslash_alone_makes_no_system_label(raw: tuple[bytes, ...], carried: Carried) -> None:
    """Only the names that Gmail has are Gmail's. A label spelt as one of them is told apart where both are there."""
    assert labels("\\Wichtig", "\\Sent", "Inbox", "Sent").carried(raw) == carried


@pytest.mark.parametrize("utf8", [False, True])
@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"Travail/R&AOk-unions", "Travail/Réunions"), ("Travail/Réunions".encode(), "Travail/Réunions"),
        (b"R&-D", "R&D"), (b"&ZeWKng-", "日語"), (b"&AOk-x", "éx"),
    ],
)
def test_names_in_either_spelling(raw: bytes, name: str, utf8: bool) -> None:
    """A label is found in modified UTF-7, and in UTF-8, whatever the session speaks; one that LIST hides as UTF-7."""
    shown = labels("Travail/Réunions", "R&D", utf8=utf8)

    assert shown.carried([raw]).own == (name,)


def test_an_ampersand_where_names_are_utf8() -> None:
    """In a session in UTF-8, `R&D` is no encoded name."""
    assert labels("R&D", utf8=True).carried([b"R&D"]).own == ("R&D",)


def test_a_label_that_list_does_not_show() -> None:
    """Hidden, renamed or deleted meanwhile: it gives no folder, and is a category."""
    meaning = labels("Work").in_one_folder([b"Gone", b"Work"])

    assert (meaning.folder, meaning.categories) == ("<Work>", ("Gone",))
    assert labels("Work").in_one_folder([b"Gone"]).folder == HOMES.archive


def test_the_digest_is_the_same_on_another_day() -> None:
    """It stands in tags for years: whoever changes how it is made names every message as changed."""
    assert labels("Work").in_one_folder([b"\\Inbox", b"Work", b"\\Starred"]).theirs == "b08c319f0dea"
    assert labels().in_one_folder([]).theirs == "e3b0c44298fc"


def test_the_digest_tells_a_name_from_a_label_of_gmails() -> None:
    """Mail in the inbox, and mail under an own label that is called so, do not have the same digest."""
    found = {labels("\\Sent").in_one_folder(raw).theirs for raw in ([b"\\Sent"], [b"\\Sent", b"\\Sent"], [b"Sent"], [])}

    assert len(found) == 4


def test_categories_that_become_one() -> None:
    """Two labels that are one category after a comma was replaced are named once."""
    assert category("a,b;c") == "a-b-c"
    assert labels().in_one_folder([b"a,b", b"a-b"]).categories == ("a-b",)


def test_sets_in_any_order_are_one() -> None:
    """The order in which a server tells labels does not make another set of them."""
    sets = LabelSets(labels("Work").in_one_folder, home="")

    assert sets.number((b"Work", b"\\Inbox")) == sets.number((b"\\Inbox", b"Work")) == 1
    assert sets.number((b"Work",)) == 2
    assert sets.UNTOLD == 0
