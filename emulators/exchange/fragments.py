"""Elements kept as text, to be put into an answer as they came."""

from xml.sax.saxutils import unescape

from lxml import etree

from emulators.exchange.soap import TYPES, local, text


def fragment(element: etree._Element) -> str:
    """An element as text with the prefix t, to be put into an answer as it came."""
    name = local(element)
    given = {str(key): str(value) for key, value in element.attrib.items()}
    attributes = "".join(f' {key}="{text(value)}"' for key, value in given.items() if key[0] != "{")
    inner = "".join(fragment(child) for child in element) if len(element) else text(element.text or "")
    return f"<t:{name}{attributes}>{inner}</t:{name}>" if inner else f"<t:{name}{attributes}/>"


def shortened(kept: str, limit: int) -> str:
    """A fragment, each of its texts cut to so many characters."""
    element = parsed(kept)
    for one in element.iter():
        one.text = one.text and one.text[:limit]
    return fragment(element)


def parsed(kept: str) -> etree._Element:
    """A kept fragment as an element again."""
    return etree.fromstring(f'<x xmlns:t="{TYPES}">{kept}</x>')[0]


def written(name: str, value: str) -> str:
    """A fragment that holds only text."""
    return f"<t:{name}>{text(value)}</t:{name}>" if value else f"<t:{name}/>"


def plain(kept: str | None) -> str:
    """The text of a fragment that holds only text; nothing of one that is not there."""
    if not kept or kept.endswith("/>"):
        return ""
    return unescape(kept.partition(">")[2].rpartition("<")[0], {"&quot;": '"', "&#xD;": "\r"})
