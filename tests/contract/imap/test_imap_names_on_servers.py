"""Folders with odd names, on servers with other separators and prefixes."""

from __future__ import annotations

from engine.connectors.imap.names import from_ref
from engine.ports.source import Role

ODD = [
    "R&D", "50 % + 1", "quo\"te", "back\\slash", "star*", "trailing ", " leading", "Ünïcödé", "日本語", "مجلد", "💡🎉",
    "(brackets)", "{5}", "~tilde", "#hash", "Work", "work", "WORK", "NIL", "007", "e\u0301 decomposed", "x" * 200,
]


def make(place, prefix: str, separator: str, names: list[str]) -> list[str]:
    """Creates those folders; returns the ones the server took."""
    made = []
    with place.outside() as client:
        for name in names:
            try:
                client.create_folder(prefix + name)
            except client.Error:
                continue
            made.append(name)
        client.create_folder(separator.join([prefix + "deep", "deeper", "Sent"]))
    return made


def test_odd_names(place) -> None:
    """Every name the server takes comes back letter by letter, can be opened, and stays apart from its twins."""
    made = make(place, "", "/", ODD)
    reader = place.source().connect()
    found = {folder.path: folder for folder in reader.folders().folders}

    assert len(made) > 18
    assert {(name,) for name in made} <= set(found)
    for name in made:
        assert list(reader.listing(found[name,])) == []
    assert ("deep", "deeper", "Sent") in found
    reader.close()


def test_roles_by_special_use(place) -> None:
    """The roles are those that the server marks."""
    reader = place.source().connect()
    roles = {folder.role: folder.path for folder in reader.folders().folders if folder.role}
    reader.close()

    assert roles == {
        Role.INBOX: ("INBOX",), Role.SENT: ("Sent",), Role.DRAFTS: ("Drafts",), Role.DELETED: ("Trash",),
        Role.JUNK: ("Junk",), Role.ARCHIVE: ("Archive",),
    }


def test_prefix_and_other_separator(dotted_place) -> None:
    """Behind INBOX. and dots stand the same names, slashes among them; roles come from the names."""
    made = make(dotted_place, "INBOX.", ".", ["Envoyés", "a&b", "Brouillons", "100 %"])
    reader = dotted_place.source().connect()
    found = {folder.path: folder for folder in reader.folders().folders}
    reader.close()

    assert {(name,) for name in made} <= set(found)
    assert found["Envoyés",].role is Role.SENT
    assert found["Brouillons",].role is Role.DRAFTS
    assert from_ref(found["Envoyés",].ref) == b"INBOX.Envoy&AOk-s"
    assert found["INBOX",].role is Role.INBOX
    assert ("deep", "deeper", "Sent") in found
    assert not found["deep",].selectable
