"""Decisions: one line in the log for each thing that the engine made up its mind about.

The log tells what a record does not: which answer was lost, what was sent again, why a task stopped. Facts are sides,
folder codes, response codes, states and counts; never a subject, the name of a folder, a login or a host.

A migration's decisions come here by a hook (engine/hooks.py). What has no engine at hand logs its own: the store, the
worker, the notice sender.
"""

from __future__ import annotations

import logging

LOGGER = "omm.decisions"
log = logging.getLogger(LOGGER)


def decided(event: str, *, task: str, **facts: str | int) -> None:
    """Logs one decision about a task: what happened in a few words, and its facts by name.

    In plain lines it reads `lost answer: task=7K2F-9QXD side=destination count=3`; in JSON `event`, `task` and `facts`
    are members of their own.
    """
    told = " ".join(f"{name}={fact}" for name, fact in {"task": task, **facts}.items())
    log.info("%s: %s", event, told, extra={"event": event, "task": task, "facts": facts})
