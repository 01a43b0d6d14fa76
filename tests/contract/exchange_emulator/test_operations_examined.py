"""Every operation of the emulator is examined, whatever it is that its tests are named after."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from emulators.exchange.service import OPERATIONS

HERE = Path(__file__).parent
# How tests of user configurations say what they do; every other operation stands in a request by its name.
SAID = {f'write(mailbox, "{verb}"': f"{verb}UserConfiguration" for verb in ("Create", "Update")}
MENTIONED = re.compile("|".join([rf"\b(?:{'|'.join(OPERATIONS)})\b", *map(re.escape, SAID)]))
LEAST = 5

Name = tuple[str, str]      # a module of this folder, and what it calls something


def pieces() -> dict[Name, tuple[set[str], set[Name]]]:
    """Every function and constant of this folder: the operations it mentions, and what it uses of this folder."""
    found = {}
    for module in HERE.glob("*.py"):
        text = module.read_text()
        lines, body = text.splitlines(), ast.parse(text).body
        known = dict(names(module.stem, body))
        for node in body:
            held = {known[one.id] for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in known}
            for name, place in names(module.stem, [node]):
                if place == (module.stem, name):
                    said = MENTIONED.findall("\n".join(lines[node.lineno - 1 : node.end_lineno]))
                    found[place] = ({SAID.get(one, one) for one in said}, held)
    return found


def names(module: str, body: list[ast.stmt]) -> Iterator[tuple[str, Name]]:
    """What a module calls its own things, and those of its neighbours."""
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            yield from ((one.asname or one.name, (str(node.module), one.name)) for one in node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, (module, node.name)
        elif isinstance(node, ast.Assign):
            yield from ((one.id, (module, one.id)) for one in node.targets if isinstance(one, ast.Name))


def operations_of(test: Name, found: dict[Name, tuple[set[str], set[Name]]]) -> set[str]:
    """What a test mentions, and all that it uses."""
    waiting, seen = [test], set[Name]()
    while waiting:
        one = waiting.pop()
        if one in found and one not in seen:
            seen.add(one)
            waiting += found[one][1]
    return {operation for one in seen for operation in found[one][0]}


def test_every_operation_has_five_tests() -> None:
    """At least five tests send each operation that the emulator offers."""
    found = pieces()
    counts = Counter(operation for name in found if name[1].startswith("test_")
                     for operation in operations_of(name, found))  # fmt: skip

    assert {operation: counts[operation] for operation in OPERATIONS if counts[operation] < LEAST} == {}
