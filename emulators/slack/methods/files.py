"""files.info: what was chosen in a file_input (docs.slack.dev/reference/methods/files.info)."""

from typing import Any

from emulators.slack.arguments import Arguments
from emulators.slack.methods.method import method
from emulators.slack.state import State
from emulators.slack.triggers import RefusedError


def _info(state: State, given: Arguments) -> dict[str, Any]:
    found = state.files.get(given.needed("file"))
    if found is None:
        raise RefusedError("file_not_found")
    return {"file": found[0]}


FILES = {"files.info": method(_info, "file", scope="files:read", tier=4)}
