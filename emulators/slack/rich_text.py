"""The rich_text block: sections, lists, quotes and code of typed elements.

Limits: docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from emulators.slack.objects import BLOCK_ID, KIND, url
from emulators.slack.rules import Rule, array, by_type, choice, flag, shape, string, whole

_STYLE = shape({}, {"bold": flag, "italic": flag, "strike": flag, "code": flag, "underline": flag})
_PIECES: dict[str, Rule] = {
    "text": shape({"type": KIND, "text": string(3000)}, {"style": _STYLE}),
    "link": shape({"type": KIND, "url": url()}, {"text": string(3000), "unsafe": flag, "style": _STYLE}),
    "user": shape({"type": KIND, "user_id": string(255)}, {"style": _STYLE}),
    "channel": shape({"type": KIND, "channel_id": string(255)}, {"style": _STYLE}),
    "usergroup": shape({"type": KIND, "usergroup_id": string(255)}, {"style": _STYLE}),
    "emoji": shape({"type": KIND, "name": string(255)}, {"unicode": string(255), "style": _STYLE}),
    "date": shape({"type": KIND, "timestamp": whole(0), "format": string(255)},
                  {"url": url(), "fallback": string(3000), "style": _STYLE}),
}
_PIECE = by_type(_PIECES, "rich text element")
_SECTION = shape({"type": KIND, "elements": array(_PIECE)})
_BORDER = whole(0, 1)
_PARTS: dict[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_list": shape(
        {"type": KIND, "style": choice("bullet", "ordered"),
         "elements": array(by_type({"rich_text_section": _SECTION}, "rich text element"))},
        {"indent": whole(0, 8), "offset": whole(0), "border": _BORDER}),
    "rich_text_preformatted": shape({"type": KIND, "elements": array(_PIECE)},
                                    {"border": _BORDER, "language": string(255)}),
    "rich_text_quote": shape({"type": KIND, "elements": array(_PIECE)}, {"border": _BORDER}),
}
RICH_TEXT = shape({"type": KIND, "elements": array(by_type(_PARTS, "rich text element"))}, {"block_id": BLOCK_ID})
