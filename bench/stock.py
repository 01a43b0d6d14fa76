# mypy: disable-error-code="no-untyped-call"
"""The same job by stock libraries: imapclient and exchangelib as they come, in the simplest way that is reasonable.

One connection each way; 50 messages a fetch, 50 an upload. It keeps folders, bodies and whether a message was read;
received dates and other flags are left behind, as custom properties would only slow it. Nothing is resumed or proved.
"""

from __future__ import annotations

import json
import os
import sys
import time

from exchangelib import Account, Configuration, Credentials, Folder, Message
from imapclient import IMAPClient

AT_ONCE = 50
STANDARD = {"INBOX": "inbox", "Sent": "sent", "Drafts": "drafts", "Trash": "trash", "Junk": "junk"}


def main(host: str, port: int, login: str, url: str, address: str) -> int:
    began = time.monotonic()
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
                found = client.fetch(uids[start:start + AT_ONCE], ["BODY.PEEK[]", "FLAGS"])
                messages = [
                    Message(
                        account=account, folder=places[name], mime_content=one[b"BODY[]"],
                        is_read=b"\\Seen" in one[b"FLAGS"],
                    )
                    for one in found.values()
                ]
                copied += len(account.bulk_create(places[name], messages, chunk_size=AT_ONCE))
    print(json.dumps({"copied": copied, "seconds": time.monotonic() - began}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
