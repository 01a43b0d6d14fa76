"""blocks.validate (docs.slack.dev/reference/methods/blocks.validate): says what would be refused; sends nothing.

Its rate limits are "special" and have no figures. The page shows one kind of error, `failed_constraint` with its
pointer, and says that each has a constraint, too: of most rules only the words are known here, so it is left out.
"""

import json
import re
from typing import Any

from emulators.slack.arguments import Arguments
from emulators.slack.blocks import Surface, check
from emulators.slack.methods.method import method
from emulators.slack.state import State
from emulators.slack.triggers import RefusedError

_COMPLAINT = re.compile(r"(.*) \[json-pointer:(.*)\]", re.DOTALL)
_ONE = "must provide exactly one of `blocks`, `view`, or `message`"


def _validate(_: State, given: Arguments) -> dict[str, Any]:
    kinds = [kind for kind in ("blocks", "view", "message") if given.values.get(kind) is not None]
    if len(kinds) != 1:
        raise RefusedError("invalid_arguments", response_metadata={"messages": [_ONE]})
    (kind,) = kinds
    payload = _decoded(kind, given.values[kind])
    surface: Surface = "message"
    if kind == "view":
        surface = "home" if payload.get("type") == "home" else "modal"
    wrong = check(payload, surface=surface)
    if wrong:
        raise RefusedError(f"invalid_{kind}", errors=[_error(one, kind) for one in wrong])
    return {}


def _decoded(kind: str, value: Any) -> dict[str, Any]:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise RefusedError(f"invalid_{kind}") from None
    if kind == "blocks" and isinstance(found, list):
        return {"blocks": found}
    if kind == "blocks" or not isinstance(found, dict):
        raise RefusedError(f"invalid_{kind}")
    return found


def _error(complaint: str, kind: str) -> dict[str, str]:
    """A pointer is one into what was given: of `blocks` alone, without their name."""
    found = _COMPLAINT.fullmatch(complaint)
    words, pointer = (found[1], found[2]) if found else (complaint, "/")
    return {"code": "failed_constraint", "message": words,
            "pointer": pointer.removeprefix("/blocks") if kind == "blocks" else pointer}


BLOCKS = {"blocks.validate": method(_validate, "blocks view message", scope=None, tier=0)}
