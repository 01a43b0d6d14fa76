"""What docs/fidelity.md says of the out-of-office and of categories, beside Microsoft's schema and what is written."""

from __future__ import annotations

import re

from lxml import etree

from emulators.exchange.schema import find_schema
from engine.connectors.exchange.colours import COUNTED, add_to
from engine.connectors.exchange.out_of_office import LEFT, written
from engine.ports.colours import Category
from engine.ports.out_of_office import OofState, OutOfOffice, Reply
from tests.servers.outcomes import table

ARRIVES = "it arrives as it was"
# Of what [MS-OXOCFG] 2.2.5.2.2 says of a category, and of the list.
CATEGORIES = {
    "name, color": ARRIVES,
    "keyboardShortcut": "it arrives as it was, unless another category of the new mailbox has the shortcut: then none",
    "guid": "it arrives as it was, unless another category of the new mailbox has it: then a new one",
    "renameOnFirstUse, attributes that nobody has described": ARRIVES,
    ", ".join(COUNTED): "as of a category that was never used: each mailbox counts for itself",
    "of the list: default, lastSavedSession, lastSavedTime": "they stay as the new mailbox has them",
}


def test_the_document_says_what_becomes_of_each_part_of_an_out_of_office() -> None:
    """Each part of the schema is written, or it is said why not."""
    setting = OutOfOffice(OofState.ON, inside=Reply("a", "en"), outside=Reply("b"))
    parts = re.findall(r"<t:(\w+)[ >]", written(setting))
    types = etree.parse(find_schema(None) / "types.xsd")
    order = types.xpath("//*[@name='UserOofSettings' and not(@type)]//@name")[1:]
    carried = [part for part in order if part in (*parts, "Duration")]
    rows = {", ".join(carried): ARRIVES} | {", ".join(names): why for why, names in LEFT.items()}
    shown = table("fidelity", "out-of-office")

    assert set(order) <= {*carried, *(name for names in LEFT.values() for name in names)}
    for named, outcome in rows.items():
        shown.saw(named, outcome)
    shown.holds_only(rows)


def test_the_document_says_what_becomes_of_each_attribute_of_a_category() -> None:
    """Those that are written are those that stand there."""
    root, shown = etree.Element("categories"), table("fidelity", "categories")
    add_to(root, Category("Red", "0", more={"guid": "{1}", "renameOnFirstUse": "1", "invented": "x"}))

    told = {name for row in CATEGORIES for name in re.findall(r"\w+", row.partition(":")[0])}
    assert set(root[0].attrib) - {"invented"} <= told
    for named, outcome in CATEGORIES.items():
        shown.saw(named, outcome)
    shown.holds_only(CATEGORIES)
