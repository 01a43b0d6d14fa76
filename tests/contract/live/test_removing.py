"""What a rollback relies on."""

from __future__ import annotations

import pytest

from engine.ports.items import Verdict
from engine.ports.source import Role

from .server import Server


def test_a_hard_deletion_is_for_good_and_known(server: Server) -> None:
    """The item is neither where it was nor in Deleted Items, and a second deletion says that it is gone."""
    folder = server.folder()
    item, tag = server.one(folder)

    (first,) = server.destination.delete([item])
    (second,) = server.destination.delete([item])

    assert first.verdict is Verdict.DONE, server.says(f"DeleteItem is answered by {first.error}")
    assert second.verdict is Verdict.GONE, server.says(f"DeleteItem of what is gone is answered by {second.error}")
    assert _folders_with(server, tag) == [], server.says("an item that was hard-deleted is still listed in a folder")


def test_deletions_are_answered_one_by_one(server: Server) -> None:
    """What is gone among what is there does not keep the others."""
    folder = server.folder()
    one, two = (server.one(folder)[0] for _ in range(2))
    server.deleted(one, "HardDelete")

    outcomes = server.destination.delete([one, two])

    assert [outcome.verdict for outcome in outcomes] == [Verdict.GONE, Verdict.DONE], server.says(
        f"of two items whose first is gone, DeleteItem says {[str(outcome.error) for outcome in outcomes]}"
    )


@pytest.mark.parametrize(("kind", "expected"), [("MoveToDeletedItems", [Role.DELETED]), ("SoftDelete", [])])
def test_what_an_owner_deletes_is_found_where_it_went(server: Server, kind: str, expected: list[Role]) -> None:
    """In Deleted Items with its tag; what is softly deleted is in no folder that is listed."""
    item, tag = server.one(server.folder())

    server.deleted(item, kind)

    found = _folders_with(server, tag)
    assert found == expected, server.says(f"after DeleteItem with {kind} the item's tag is found in {found}")


def _folders_with(server: Server, tag: str) -> list[Role | None]:
    return [f.role for f in server.within_reach() if tag in {item.tag for item in server.tagged(f.id)}]
