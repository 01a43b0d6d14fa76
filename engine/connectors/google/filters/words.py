"""A filter as its owner would say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.connectors.exchange.soap import NOT_XML
from engine.connectors.google.rest.asking import Json

_ADDED = {
    "STARRED": "star it", "IMPORTANT": "mark it as important", "TRASH": "delete it", "SPAM": "mark it as spam",
    "UNREAD": "mark it as unread", "INBOX": "keep it in the inbox",
}
_REMOVED = {
    "INBOX": "skip the inbox", "UNREAD": "mark it as read", "SPAM": "never send it to spam",
    "IMPORTANT": "never mark it as important", "STARRED": "take its star away",
}
CATEGORY = "CATEGORY_"


def told(one: Json, labels: Mapping[str, str]) -> str:
    """What it asks, and what it does. `labels` are the names of labels by their ids."""
    does = ", ".join(deeds(one, labels)) or "nothing"
    return NOT_XML.sub("\ufffd", f"{' '.join(asked(one)) or 'all mail'} → {does}")


def asked(one: Json) -> Iterator[str]:
    """Its criteria."""
    criteria = one.get("criteria") or {}
    for name in ("from", "to", "subject"):
        if criteria.get(name):
            yield f"{name}:({criteria[name]})"
    if criteria.get("query"):
        yield str(criteria["query"])
    if criteria.get("negatedQuery"):
        yield f"-({criteria['negatedQuery']})"
    if criteria.get("hasAttachment"):
        yield "has:attachment"
    if criteria.get("sizeComparison") in ("larger", "smaller"):
        yield f"{criteria['sizeComparison']}:{criteria.get('size', 0)}"
    if criteria.get("excludeChats"):
        yield "-in:chats"


def deeds(one: Json, labels: Mapping[str, str]) -> Iterator[str]:
    """Its actions."""
    action = one.get("action") or {}
    for known, ids in ((_ADDED, action.get("addLabelIds")), (_REMOVED, action.get("removeLabelIds"))):
        for label in ids or ():
            yield known.get(label) or _of_label(label, labels, added=known is _ADDED)
    if action.get("forward"):
        yield f"forward it to {action['forward']}"


def _of_label(label: str, labels: Mapping[str, str], *, added: bool) -> str:
    if label.startswith(CATEGORY):
        name = f"category {label.removeprefix(CATEGORY).lower()}"
    else:
        name = f"label “{labels[label]}”" if label in labels else "a label that is there no more"
    return name if added else f"without {name}"
