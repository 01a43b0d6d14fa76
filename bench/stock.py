# mypy: disable-error-code="no-untyped-call"
"""The same job by stock libraries: imapclient and exchangelib as they come, in the simplest way that is reasonable.

One connection each way; 50 messages a fetch, 50 an upload. It leaves the same mailbox: folders, messages that are no
drafts, received dates, read, flagged and answered. With `--bare` it leaves only folders, bodies and the read mark:
every message is then a draft of today. Nothing is resumed or proved either way, and a second run doubles everything.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any
from zoneinfo import ZoneInfo

from exchangelib import Account, Configuration, Credentials, EWSDateTime, ExtendedProperty, Folder, Message
from imapclient import IMAPClient

AT_ONCE = 50
PROPERTIES = {
    "received_time": (0x0E06, "SystemTime"), "message_flags": (0x0E07, "Integer"),
    "flag_status": (0x1090, "Integer"), "last_verb": (0x1081, "Integer"),
}
STANDARD = {"INBOX": "inbox", "Sent": "sent", "Drafts": "drafts", "Trash": "trash", "Junk": "junk"}


def register() -> None:
    """Makes the properties known to exchangelib, in its own way."""
    for name, (tag, kind) in PROPERTIES.items():
        Message.register(name, type(name, (ExtendedProperty,), {"property_tag": tag, "property_type": kind}))


def marks(one: dict[bytes, Any]) -> dict[str, Any]:
    """What an owner sees of a message beside its content."""
    flags = one[b"FLAGS"]
    return {
        "received_time": EWSDateTime.from_datetime(one[b"INTERNALDATE"].astimezone(ZoneInfo("UTC"))),
        "message_flags": int(b"\\Seen" in flags), "flag_status": 2 if b"\\Flagged" in flags else None,
        "last_verb": 102 if b"\\Answered" in flags else None,
    }


def main(host: str, port: int, login: str, url: str, address: str, bare: str = "") -> int:
    began = time.monotonic()
    if not bare:
        register()
    config = Configuration(
        service_endpoint=url, credentials=Credentials(address, os.environ["OMM_DESTINATION_PASSWORD"])
    )
    account = Account(address, config=config, autodiscover=False, access_type="delegate")
    places = {name: getattr(account, place) for name, place in STANDARD.items()}
    copied = 0
    with IMAPClient(host, port) as client:
        client.login(login, os.environ["OMM_SOURCE_PASSWORD"])
        for _, separator, name in sorted(client.list_folders(), key=lambda entry: entry[2]):
            if name not in places:
                parent, _, last = name.rpartition(separator.decode())
                places[name] = Folder(parent=places.get(parent, account.msg_folder_root), name=last)
                places[name].save()
            client.select_folder(name, readonly=True)
            uids = client.search("ALL")
            for start in range(0, len(uids), AT_ONCE):
                found = client.fetch(uids[start:start + AT_ONCE], ["BODY.PEEK[]", "FLAGS", "INTERNALDATE"])
                messages = [
                    Message(
                        account=account, folder=places[name], mime_content=one[b"BODY[]"],
                        is_read=b"\\Seen" in one[b"FLAGS"], **({} if bare else marks(one)),
                    )
                    for one in found.values()
                ]
                copied += len(account.bulk_create(places[name], messages, chunk_size=AT_ONCE))
    print(json.dumps({"copied": copied, "seconds": time.monotonic() - began}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
