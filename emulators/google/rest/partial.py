"""Partial answers: the parameter `fields` (developers.google.com/workspace/tasks/performance, "Partial response")."""

from typing import Any

from emulators.google.rest.refusals import invalid

Tree = dict[str, "Tree"]       # {} below a name: all of it


def partial(answer: dict[str, Any], fields: str) -> dict[str, Any]:
    """What the selector names of an answer; raises ApiError (400) for one that is no selector."""
    return dict(_chosen(answer, selected(fields)))


def selected(fields: str) -> Tree:
    """The selector as a tree: names with commas between them, `a/b` and `a(b,c)` for what is below, `*` for each."""
    tree: Tree = {}
    rest = _read(fields.replace(" ", ""), tree)
    if rest:
        raise invalid(f"Invalid field selection {fields}", parameter="fields", reason="invalidParameter")
    return tree


def _read(text: str, tree: Tree) -> str:
    while True:
        text = _one(text, tree)
        if not text.startswith(","):
            return text
        text = text[1:]


def _one(text: str, tree: Tree) -> str:
    end = next((at for at, char in enumerate(text) if char in ",/()"), len(text))
    name, rest = text[:end], text[end:]
    if not name:
        raise invalid("Invalid field selection", parameter="fields", reason="invalidParameter")
    below = tree.setdefault(name, {})
    if rest.startswith("/"):
        return _one(rest[1:], below)
    if rest.startswith("("):
        rest = _read(rest[1:], below)
        if not rest.startswith(")"):
            raise invalid("Invalid field selection", parameter="fields", reason="invalidParameter")
        return rest[1:]
    return rest


def _chosen(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_chosen(one, tree) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _chosen(one, tree.get(name, tree.get("*", {}))) for name, one in value.items()
            if name in tree or "*" in tree}
