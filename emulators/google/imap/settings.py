"""What nobody has proved of Gmail, or what may be either way: settings of the emulator."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    r"""Behaviours that reports disagree about.

    `recheck_tokens`: True: each command asks anew whether the session's token is active, and ends the session with BYE
    when it is not (imap-backup#92 saw sessions expire; node-imap#789 saw one alive after two hours).
    `quoted_system_labels`: True: X-GM-LABELS tells `"\\Inbox"`, as logs show; False: `\Inbox`, as Google's page has.
    `hidden_labels_told`: True: X-GM-LABELS tells labels that are hidden from IMAP, too. No page says.
    `crawl_pause`: seconds between two pieces of 512 bytes once a spent account crawls; the default stays below 1 KiB/s.
    """

    recheck_tokens: bool = False
    quoted_system_labels: bool = True
    hidden_labels_told: bool = False
    crawl_pause: float = 0.6
