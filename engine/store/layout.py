"""The layout of the store: whether this release may work on it at all.

Shapes have versions of their own (engine/store/stored.py). The layout says which keys there are and what each holds; it
changes only where two releases cannot work side by side.
"""

from __future__ import annotations

from pathlib import Path

from redis import Redis

from engine.errors import InputError
from engine.store.patience import Patient, text

KEY = "omm:layout"
LAYOUT = 1
FILLED_BEFORE = ("omm:tasks", "omm:orders", "omm:outbox", "omm:secrets")    # of these a store without a layout has one

# KEYS: layout, then what a store without one would hold. ARGV: ours. Returns the store's, '' for none.
ADOPT = """
local known = redis.call('GET', KEYS[1])
if known then return known end
for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then return '' end
end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
"""


def adopt(redis: Redis, *, directory: Path | None, patience: float) -> None:
    """Makes sure that the store has our layout; an empty one gets it. `directory` is that of the store in the box.

    Raises InputError for a store of another layout, and for one of a release that knew none.
    """
    found = text(Patient(redis, patience=patience).script(ADOPT, [KEY, *FILLED_BEFORE], (LAYOUT,)))
    name = "The store that OMM_REDIS_URL names" if directory is None else f"The store in {directory}"
    if not found:
        raise InputError(
            f"{name} was written by a release of OMM from before version 0.1, which this release cannot read. "
            "Finish its migrations with that release, or start with an empty store."
        )
    if found != str(LAYOUT):
        raise InputError(
            f"{name} has layout {found}, and this release of OMM reads layout {LAYOUT}. "
            "Start the release that has used it last, or a newer one."
        )
