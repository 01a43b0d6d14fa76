"""Categories whose names differ where Python's casefold sees no difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.exchange.test_colours_moved import COLOURS, HEAD, Desk, _opened


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Desk]:
    yield from _opened(tmp_path, "2019", COLOURS)


def listed(*names: str) -> str:
    return HEAD.format("") + "".join(
        f'<category name="{name}" color="{n}" keyboardShortcut="0" guid="{{11111111-0000-0000-0000-00000000000{n}}}"/>'
        for n, name in enumerate(names, 1)) + "</categories>"


def test_categories_that_differ_by_a_letter_both_come(alone: Desk) -> None:
    """Maße (measures) and Masse (mass) are two words; the old mailbox has both."""
    alone.keeps(alone.pair.old, listed("Maße", "Masse"))

    done = alone.pair.at.migrate()

    assert set(alone.has(alone.pair.new)) == {"Maße", "Masse"}, (done.step(COLOURS).counts, alone.told(done))


def test_a_rollback_leaves_the_owners_category(alone: Desk) -> None:
    """The owner makes a category in the new mailbox, whose name is another word."""
    alone.keeps(alone.pair.new, listed("Mine"))
    alone.keeps(alone.pair.old, listed("Maße"))
    done = alone.pair.at.migrate()
    alone.keeps(alone.pair.new, (alone.xml(alone.pair.new) or b"").decode().replace(
        "</categories>", '<category name="Masse" color="9" keyboardShortcut="0" guid="{9}"/></categories>'), "Update")

    alone.pair.at.roll_back(done.task_id)

    assert set(alone.has(alone.pair.new)) == {"Mine", "Masse"}


def test_a_category_without_a_colour_is_named(alone: Desk) -> None:
    """It is no part of the sums either."""
    alone.keeps(alone.pair.old, listed("A").replace(' color="1"', ""))

    done = alone.pair.at.migrate()

    assert done.step(COLOURS).counts.found == 1


def test_a_category_that_is_there_without_a_colour_is_not_there_twice(alone: Desk) -> None:
    alone.keeps(alone.pair.old, listed("A"))
    alone.keeps(alone.pair.new, listed("A").replace(' color="1"', ""))

    alone.pair.at.migrate()

    assert (alone.xml(alone.pair.new) or b"").count(b'name="A"') == 1


@pytest.mark.parametrize("root", ['<categories default="x">', '<c:categories xmlns:c="CategoryList.xsd">'])
def test_lists_in_other_namespaces(alone: Desk, root: str) -> None:
    """What is added is seen by whoever reads the list as the others of it are."""
    there = root + ('<c:category' if "c:" in root else '<category') + ' name="Mine" color="1" guid="{1}"/>' + (
        "</c:categories>" if "c:" in root else "</categories>")
    alone.keeps(alone.pair.new, there)
    alone.keeps(alone.pair.old, listed("A"))

    alone.pair.at.migrate()

    from lxml import etree
    found = etree.fromstring(alone.xml(alone.pair.new) or b"")
    assert len({one.tag for one in found}) == 1
