"""Open tags: what was sent to the destination and not answered for sure yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.stored import Stored

# KEYS: open, resent, facts. ARGV: folder, time, this request, the fact's name, last write, tags… The same request again
# counts no second send.
OPEN = """
redis.call('HSET', KEYS[3], ARGV[4], ARGV[5])
for i = 6, #ARGV do
    local known = redis.call('HGET', KEYS[1], ARGV[i]) or redis.call('HGET', KEYS[2], ARGV[i])
    local sends = 1
    local tag = {v = 1}
    if known then
        tag = cjson.decode(known)
        sends = tag.request == ARGV[3] and tag.sends or tag.sends + 1
    end
    tag.folder_id, tag.sent_at, tag.sends, tag.request = ARGV[1], ARGV[2], sends, ARGV[3]
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
    """A tag that was sent: into which folder, when last (UTC), and how many times without an answer between."""

    folder_id: str
    sent_at: datetime
    sends: int
    request: str = field(default="", compare=False)     # of the request that sent it last

    def age(self, now: datetime) -> float:
        """Seconds since it was sent, never less than 0: a clock that was set back must not make anybody wait longer."""
        return max(0.0, (now - self.sent_at).total_seconds())
