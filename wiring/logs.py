"""What the doors log: where it goes, whose lines, and without which secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from types import MappingProxyType

from engine.log_lines import LogFormat, formatter
from engine.store.masks import Masks
from wiring import environment

OURS = ("app", "bot", "cli", "demo", "engine", "jobs", "omm", "rq_worker", "terminal", "web", "wiring", "worker")


def log_to_stderr(
    level: str, *, log_format: LogFormat = LogFormat.PLAIN, environ: Mapping[str, str] = MappingProxyType({})
) -> Masks:
    """Writes everything that is logged to standard error, without our own secrets in `environ`, and without those that
    the returned masks are told of.

    Our own loggers write what `level` asks for; those of libraries warnings only, for what they write for their own
    debugging holds passwords (slack_bolt and slack_sdk log whole request bodies).
    """
    masks = environment.OwnMasks(environment.own_secrets(environ))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(log_format, masks))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)   # noqa: FBT003 - the library's own signature
    return masks
