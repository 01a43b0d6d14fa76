"""Open tags: what was sent to the destination and not answered for sure yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.store.stored import Stored

# KEYS: open, resent, facts. ARGV: folder, time, this request, its deadline, the fact's name, last write, tags… The same
# request again counts no second send, nor does a further one, which has no name.
OPEN = """
redis.call('HSET', KEYS[3], ARGV[5], ARGV[6])
for i = 7, #ARGV do
    local known = redis.call('HGET', KEYS[1], ARGV[i]) or redis.call('HGET', KEYS[2], ARGV[i])
    local sends = 1
    local tag = {v = 1}
    if known then
        tag = cjson.decode(known)
        sends = (ARGV[3] == '' or tag.request == ARGV[3]) and tag.sends or tag.sends + 1
    end
    tag.folder_id, tag.sent_at, tag.sends, tag.deadline = ARGV[1], ARGV[2], sends, tonumber(ARGV[4])
    if ARGV[3] ~= '' then tag.request = ARGV[3] end
    local changed = cjson.encode(tag)
    redis.call('HSET', KEYS[1], ARGV[i], changed)
    if sends > 1 then redis.call('HSET', KEYS[2], ARGV[i], changed) end
end
return 1
"""

# KEYS: open, facts. ARGV: the fact's name, last write or '', tags…
CLOSE = """
if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
for i = 3, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
return 1
"""


@dataclass(frozen=True, slots=True)
class OpenTag(Stored):
    """A tag that was sent: into which folder, when last (UTC), and how many times without an answer between.

    `deadline` is for how many seconds its request may be under way, answer included.
    """

    folder_id: str
    sent_at: datetime
    sends: int
    request: str = field(default="", compare=False)     # of the request that sent it last
    deadline: float = 0.0

    def age(self, now: datetime) -> float:
        """Seconds since its request was given up for sure; 0 before that, and when the clock was set back meanwhile."""
        return max(0.0, (now - self.sent_at).total_seconds() - self.deadline)
