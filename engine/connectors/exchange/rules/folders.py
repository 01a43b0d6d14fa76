"""The folders that rules file into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Asking, Question, raise_read
from engine.connectors.exchange.soap import TYPES, attribute

AT_ONCE = 100
_SHAPE = (
    "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="folder:DisplayName"/></t:AdditionalProperties></m:FolderShape>'
)


def names_of(asking: Asking, ids: Iterable[str]) -> Mapping[str, str]:
    """What those folders are called, by their ids; one that cannot be opened is left out.

    Raises FatalError, RetryableError.
    """
    wanted = [one for one in dict.fromkeys(ids) if one]
    return dict(pair for start in range(0, len(wanted), AT_ONCE)
                for pair in _named(asking, wanted[start : start + AT_ONCE]))


def _named(asking: Asking, ids: list[str]) -> Iterator[tuple[str, str]]:
    listed = "".join(f"<t:FolderId Id={attribute(one)}/>" for one in ids)
    body = f"<m:GetFolder>{_SHAPE}<m:FolderIds>{listed}</m:FolderIds></m:GetFolder>"
    for one, message in zip(ids, asking.all(Question(body, len(ids))), strict=True):
        if isinstance(message, CodeError):
            if meaning_of(message.code) is Meaning.BUSY:
                raise_read(message)
        else:
            name = next((each.text for each in message.iter(f"{TYPES}DisplayName")), None)
            yield one, name or "(no name)"
