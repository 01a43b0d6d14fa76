"""The requirements that tests are named after exist, and every operation is examined."""

import ast
import re
from collections import Counter
from pathlib import Path

from .material import ews_material

MATERIAL = ews_material()
assert MATERIAL, "this module is not collected without it"
HERE = Path(__file__).parent
OPERATIONS = (
    *("get_folder", "find_folder", "create_folder", "update_folder", "delete_folder"),
    *("find_item", "get_item", "create_item", "update_item", "move_item", "copy_item", "delete_item"),
    *("sync_folder_items", "sync_folder_hierarchy", "convert_id"),
    *("create_attachment", "get_attachment", "delete_attachment"),
)


def checks_in(module: Path) -> list[ast.FunctionDef]:
    """The tests of a module."""
    return [
        node
        for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def requirements(name: str) -> list[str]:
    """The requirements that a test is named after: MS-OXWSCORE_R1, and R2 of the same document after it."""
    found = re.search(r"MS_(OXWS[A-Z]+)((?:_R\d+)+)", name)
    return [f"MS-{found.group(1)}_{number}" for number in found.group(2).split("_") if number] if found else []


def test_every_requirement_named_is_in_the_list() -> None:
    """No test is named after a requirement that does not exist."""
    known = {line.split("\t")[0] for line in (MATERIAL / "requirements.tsv").read_text().splitlines()}

    named = {one for module in HERE.glob("test_*.py") for test in checks_in(module) for one in requirements(test.name)}

    assert named - known == set()
    assert len(named) > 200


def test_every_operation_has_five_tests_after_requirements() -> None:
    """Each operation is examined by at least five tests named after requirements."""
    counts = Counter(
        {
            operation: sum(bool(requirements(test.name)) for test in checks_in(HERE / f"test_{operation}.py"))
            for operation in OPERATIONS
        }
    )

    assert {operation: count for operation, count in counts.items() if count < 5} == {}


def test_every_test_says_what_it_is_about() -> None:
    """Each test has a docstring of one sentence."""
    silent = [
        test.name
        for module in HERE.glob("test_*.py")
        for test in checks_in(module)
        if not (ast.get_docstring(test) or "").endswith(".") or "\n" in (ast.get_docstring(test) or "")
    ]

    assert silent == []
