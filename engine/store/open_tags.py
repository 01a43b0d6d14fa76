"""Open tags: what was sent to the destination and not answered for sure yet; and what a report is to say of items.

What is to be reported of an item is kept, encrypted, from before the request leaves that writes it: beside its open tag
until that is closed, then with what is noted of the content's other items. So the next process knows it, whenever this
one dies.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from cryptography.fernet import InvalidToken

from engine.errors import Cause, FatalError
from engine.migration.content import Content
from engine.ports.items import Foretold
from engine.store import stored
from engine.store.facts import LAST_WRITE
from engine.store.key_file import ADD_TO
from engine.store.keys import SecretKeys
from engine.store.patience import Patient, text
from engine.store.stored import Stored

BETWEEN = "\n"      # tags in one argument, for a client takes longer over 50 of them than the server
NOTHING_FORETOLD: Mapping[str, Foretold] = MappingProxyType({})
NOTHING_NOTED: Mapping[str, Sequence[str]] = MappingProxyType({})
ANOTHER_KEY = (
    f"What is to be reported of this migration's items is encrypted with another key. Add that key to {ADD_TO}."
)

# KEYS: open, resent, facts, foretold. ARGV: folder, time, this request, its deadline, the fact's name, last write, the
# tags; then, in turn, a tag and what is foretold of its item. The same request again counts no second send, nor does a
# further one, which has no name.
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
    if ARGV[3] ~= '' then redis.call('HDEL', KEYS[4], name) end
end
for i = 8, #ARGV, 2 do redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1]) end
return 1
"""

# KEYS: open, facts, foretold, noted. ARGV: the fact's name, last write or '', the tags, the name of what is noted with
# this or '', what is noted.
CLOSE = """
if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
for name in string.gmatch(ARGV[3], '[^\\n]+') do
    redis.call('HDEL', KEYS[1], name)
    redis.call('HDEL', KEYS[3], name)
end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[4], ARGV[4], ARGV[5]) end
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


class OpenTags:
    """The open tags of every task, and what is noted of items."""

    def __init__(self, redis: Patient, *, keys: SecretKeys, clock: Callable[[], datetime]) -> None:
        self._redis = redis
        self._keys = keys.derived("report")
        self._clock = clock

    def open(
        self, task_id: str, folder_id: str, tags: Sequence[str], *, deadline: float, written: datetime | None,
        further: bool, foretold: Mapping[str, Foretold],
    ) -> None:
        """Notes, before their request goes out, that these tags are being sent, and what is foretold of them.

        `further`: what was foretold of the others stays. One round trip.
        """
        now = self._clock()
        note: list[str | float] = [folder_id, now.isoformat(), "" if further else secrets.token_hex(8), deadline]
        keys = [_of(task_id, "open"), _of(task_id, "resent"), _of(task_id, "facts"), _of(task_id, "foretold")]
        once = {one: self._encrypted([one.untold, one.perhaps]) for one in set(foretold.values())}
        told = [each for tag, one in foretold.items() for each in (tag, once[one])]
        last = (written or now).isoformat()
        self._redis.script(OPEN, keys, (*note, LAST_WRITE, last, BETWEEN.join(tags), *told))

    def close(
        self, task_id: str, tags: Sequence[str], *, written: datetime | None, content: Content | None,
        untold: Mapping[str, Sequence[str]],
    ) -> None:
        """Notes that these were answered for sure, and what is to be reported of items of that content.

        One round trip.
        """
        note = "" if content is None else _noted(content)
        keys = [_of(task_id, part) for part in ("open", "facts", "foretold", note or "facts")]
        told: tuple[str | bytes, ...] = ("", "")
        if untold and content is not None:      # a name of its own: the same request again notes it once
            told = (secrets.token_hex(8), self._encrypted({tag: list(words) for tag, words in untold.items()}))
        last = written.isoformat() if written else ""
        self._redis.script(CLOSE, keys, (LAST_WRITE, last, BETWEEN.join(tags), *told))

    def opened(self, task_id: str, part: str = "open") -> dict[str, OpenTag]:
        """Every tag that was sent and not answered for sure; of the `part` "resent", those that were sent again."""
        tags = self._all(task_id, part)
        name = f"What migration {task_id} has sent"
        return {text(tag): stored.read(OpenTag, value, name=name) for tag, value in tags.items()}

    def foretold(self, task_id: str) -> dict[str, Foretold]:
        """What is to be reported of items, should they have arrived, by their tags, which are open.

        Raises FatalError(cause STORE) when its key is missing.
        """
        found = ((text(tag), self._decrypted(task_id, token)) for tag, token in self._all(task_id, "foretold").items())
        return {tag: Foretold(tuple(untold), tuple(perhaps)) for tag, (untold, perhaps) in found}

    def noted(self, task_id: str, content: Content) -> dict[str, tuple[str, ...]]:
        """What is to be reported of items that have arrived, by their tags. Raises FatalError(cause STORE)."""
        found: dict[str, tuple[str, ...]] = {}
        for token in self._all(task_id, _noted(content)).values():
            for tag, words in self._decrypted(task_id, token).items():
                found[tag] = tuple(dict.fromkeys((*found.get(tag, ()), *words)))
        return found

    def forget_resent(self, task_id: str) -> None:
        """Ends the list of those that were sent again: the step is over."""
        self._redis.call(lambda redis: redis.delete(_of(task_id, "resent")))

    def _all(self, task_id: str, part: str) -> dict[Any, Any]:
        found: dict[Any, Any] = self._redis.call(lambda redis: redis.hgetall(_of(task_id, part)))
        return found

    def _encrypted(self, plain: object) -> bytes:
        return self._keys.encrypt(stored.squeezed(stored.write_plain(plain)))

    def _decrypted(self, task_id: str, token: bytes | str) -> Any:
        try:
            plain = self._keys.decrypt(token.encode() if isinstance(token, str) else token)
        except InvalidToken as error:
            raise FatalError(ANOTHER_KEY, cause=Cause.STORE) from error
        return stored.read_plain(stored.unsqueezed(plain), name=f"What is to be reported of {task_id}", otherwise={})


def tag_keys(task_id: str) -> list[str]:
    """Everything in Redis that is a task's open tags, and what is noted of its items."""
    return [_of(task_id, part) for part in ("open", "resent", "foretold", *map(_noted, Content))]


def _noted(content: Content) -> str:
    return f"noted:{content}"


def _of(task_id: str, part: str) -> str:
    return f"omm:task:{task_id}:{part}"
