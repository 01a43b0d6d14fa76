"""What a rule means: a digest by which it is known again, whatever it is called, wherever it stands, on or off."""

from __future__ import annotations

import hashlib
import json

from lxml import etree

from engine.connectors.exchange.rules import form
from engine.connectors.exchange.typed import xml

Said = str | list[str] | dict[str, str]


def meaning(rule: etree._Element) -> str:
    """The digest of its conditions, exceptions and actions, 32 hex digits.

    The order of what stands beside one another makes no difference, nor does an address in capital letters. A flag of
    false asks nothing.
    """
    told = {
        holder: {form.local(part): _said(part) for part in form.parts(rule, holder) if not _is_off(part)}
        for holder in form.PARTS
    }
    return digest(json.dumps(told, sort_keys=True))


def shown(rule: etree._Element) -> str:
    """The digest of what its owner sees of it: what it means, its name, on or off."""
    return digest(json.dumps([meaning(rule), xml.words(rule, "DisplayName"), xml.words(rule, "IsEnabled")]))


def digest(said: str) -> str:
    """32 hex digits."""
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _is_off(part: etree._Element) -> bool:
    return form.local(part) in form.FLAGS and not form.is_true(part.text or "")


def _said(part: etree._Element) -> Said:
    name = form.local(part)
    if name in form.STRINGS:
        return sorted({one.text or "" for one in part})
    if name in form.PEOPLE or name in form.SENDING:
        return sorted({(xml.words(one, "EmailAddress") or xml.words(one, "Name")).lower() for one in part})
    if name in form.RANGES:
        return {form.local(bound): bound.text or "" for bound in part}
    if name in form.FILING:
        return [one.get("Id") or "" for one in part]
    return part.get("Id") or part.text or ""
