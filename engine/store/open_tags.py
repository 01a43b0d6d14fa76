"""Open tags: what was sent to the destination and not answered for sure yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.store.stored import Stored

BETWEEN = "\n"      # tags in one argument, for a client takes longer over 50 of them than the server

# KEYS: open, resent, facts. ARGV: folder, time, this request, its deadline, the fact's name, last write, the tags. The
# same request again counts no second send, nor does a further one, which has no name.
OPEN = """
redis.call('HSET', KEYS[3], ARGV[5], ARGV[6])
local function sent(tag, sends)
    tag.folder_id, tag.sent_at, tag.sends, tag.deadline = ARGV[1], ARGV[2], sends, tonumber(ARGV[4])
    if ARGV[3] ~= '' then tag.request = ARGV[3] end
    return cjson.encode(tag)
end
local first = sent({v = 1}, 1)
for name in string.gmatch(ARGV[7], '[^\\n]+') do
    local known = redis.call('HGET', KEYS[1], name) or redis.call('HGET', KEYS[2], name)
    if not known then
        redis.call('HSET', KEYS[1], name, first)
    else
        local tag = cjson.decode(known)
        local sends = (ARGV[3] == '' or tag.request == ARGV[3]) and tag.sends or tag.sends + 1
        local changed = sent(tag, sends)
        redis.call('HSET', KEYS[1], name, changed)
        if sends > 1 then redis.call('HSET', KEYS[2], name, changed) end
    end
end
return 1
"""

# KEYS: open, facts. ARGV: the fact's name, last write or '', the tags.
CLOSE = """
if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
for name in string.gmatch(ARGV[3], '[^\\n]+') do redis.call('HDEL', KEYS[1], name) end
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
