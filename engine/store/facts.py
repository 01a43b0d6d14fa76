"""The names of the facts that say when a task wrote to the destination: what was created then may be its own.

All are times by the clock of the server that answers; `engine/items/back/mailbox_clock.py` tells what they are by the
clock that dates the mailbox's items.
"""

WINDOW_START, WINDOW_END = "window start", "window end"
LAST_WRITE = "last write"        # until when a request that writes may be under way; with its answer, when that came
