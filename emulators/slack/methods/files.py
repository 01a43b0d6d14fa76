"""files.*: what was chosen in a file_input, and files the app posts.

docs.slack.dev/reference/methods/files.info, files.getUploadURLExternal, files.completeUploadExternal: the app asks
for an upload url, posts the bytes there, and then shares the file. Contents are kept in memory only.
"""

from typing import Any

from emulators.slack.arguments import Arguments, invalid
from emulators.slack.methods.chat import conversation
from emulators.slack.methods.method import method
from emulators.slack.state import State
from emulators.slack.triggers import RefusedError
from emulators.slack.workspace import BOT_USER


def _info(state: State, given: Arguments) -> dict[str, Any]:
    found = state.files.get(given.needed("file"))
    if found is None:
        raise RefusedError("file_not_found")
    return {"file": found[0]}


def _upload_url(state: State, given: Arguments) -> dict[str, Any]:
    name, length = given.needed("filename"), given.whole("length", 0, 1_000_000_000)
    held = state.keep_file(BOT_USER, name, b"")
    state.uploads[held["id"]] = length
    return {"upload_url": f"{state.base_url}upload/{held['id']}", "file_id": held["id"]}


def _complete(state: State, given: Arguments) -> dict[str, Any]:
    """Share what was uploaded; a file whose bytes have not all come is `file_not_found`."""
    wanted = given.values.get("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) and "id" in one for one in wanted):
        raise invalid("files must be a list of objects with an id")
    shared = [_taken(state, one) for one in wanted]
    if (place := given.text("channel_id")) is not None:
        channel, thread = conversation(state, place), given.text("thread_ts")
        if thread is not None and state.store.get(channel, thread) is None:
            raise RefusedError("thread_not_found")
        state.post(channel, state.message(given.text("initial_comment") or "", None, files=shared, thread_ts=thread))
    return {"files": shared}


def _taken(state: State, wanted: dict[str, Any]) -> dict[str, Any]:
    found = state.files.get(wanted["id"])
    if found is None or found[0]["user"] != BOT_USER or wanted["id"] in state.uploads:
        raise RefusedError("file_not_found")
    found[0]["title"] = wanted.get("title") or found[0]["name"]
    return found[0]


FILES = {
    "files.info": method(_info, "file", scope="files:read", tier=4),
    "files.getUploadURLExternal": method(_upload_url, "filename length alt_txt snippet_type", scope="files:write",
                                         tier=4),
    "files.completeUploadExternal": method(_complete, "files channel_id thread_ts initial_comment",
                                           scope="files:write", tier=4),
}
