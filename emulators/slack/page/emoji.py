"""Slack's short names of emoji, drawn as Unicode draws them.

Most short names are Unicode's own names in small letters (`:incoming_envelope:`); the others that people use every
day are listed here. A name that is neither stays as it is written, as it does in Slack.
"""

import re
import unicodedata

_OWN = {
    "+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "100": "💯", "1234": "🔢", "anger": "💢",
    "arrow_backward": "◀️", "arrow_down": "⬇️", "arrow_forward": "▶️", "arrow_left": "⬅️", "arrow_right": "➡️",
    "arrow_right_hook": "↪️", "arrow_up": "⬆️", "arrows_clockwise": "🔃", "arrows_counterclockwise": "🔄",
    "back": "🔙", "beer": "🍺", "beers": "🍻", "birthday": "🎂", "blush": "😊", "book": "📖", "boom": "💥", "bow": "🙇",
    "broken_chain": "⛓️‍💥", "bug": "🐛", "bulb": "💡", "calendar": "📆", "calling": "📲", "cat": "🐱", "cd": "💿",
    "chart": "💹", "clap": "👏", "coffee": "☕", "computer": "💻", "confused": "😕", "construction": "🚧",
    "crossed_fingers": "🤞", "cry": "😢", "dash": "💨", "dart": "🎯", "date": "📅", "disappointed": "😞",
    "dizzy": "💫", "dog": "🐶", "double_vertical_bar": "⏸️", "e-mail": "📧", "email": "✉️", "exclamation": "❗",
    "eject": "⏏️", "end": "🔚", "fast_forward": "⏩", "fax": "📠", "file_folder": "📁", "fist": "✊",
    "flashlight": "🔦", "gem": "💎", "gift": "🎁", "grin": "😁", "grinning": "😀", "hand": "✋", "heart": "❤️",
    "heart_eyes": "😍", "heavy_exclamation_mark": "❗", "hotsprings": "♨️", "hourglass_flowing_sand": "⏳",
    "house": "🏠", "innocent": "😇", "iphone": "📱", "joy": "😂", "key": "🔑", "knife": "🔪", "laughing": "😆",
    "left_right_arrow": "↔️", "leftwards_arrow_with_hook": "↩️", "link": "🔗", "lock": "🔒", "loudspeaker": "📢",
    "mag": "🔍", "mag_right": "🔎", "mailbox": "📫", "mailbox_closed": "📪", "mailbox_with_mail": "📬",
    "mailbox_with_no_mail": "📭", "mask": "😷", "mega": "📣", "money_with_wings": "💸", "muscle": "💪", "mute": "🔇",
    "neutral_face": "😐", "new": "🆕", "no_bell": "🔕", "no_entry_sign": "🚫", "notes": "🎶", "o": "⭕", "office": "🏢",
    "ok": "🆗", "ok_hand": "👌", "open_hands": "👐", "open_mouth": "😮", "page_facing_up": "📄", "partying_face": "🥳",
    "pause_button": "⏸️", "pencil": "📝", "pencil2": "✏️", "pensive": "😔", "phone": "☎️", "point_down": "👇",
    "point_left": "👈", "point_right": "👉", "point_up": "☝️", "pray": "🙏", "punch": "👊", "question": "❓",
    "rage": "😡", "raised_hands": "🙌", "raising_hand": "🙋", "recycle": "♻️", "red_circle": "🔴", "relaxed": "☺️",
    "repeat": "🔁", "rewind": "⏪", "rotating_light": "🚨", "satisfied": "😆", "scissors": "✂️", "scream": "😱",
    "see_no_evil": "🙈", "smile": "😄", "smiley": "😃", "snail": "🐌", "sob": "😭", "soon": "🔜", "sound": "🔉",
    "star": "⭐", "star2": "🌟", "stop_button": "⏹️", "sunglasses": "😎", "sunny": "☀️", "sweat_smile": "😅",
    "tada": "🎉", "telephone": "☎️", "tm": "™️", "top": "🔝", "tv": "📺", "unamused": "😒", "unlock": "🔓", "up": "🆙",
    "v": "✌️", "vs": "🆚", "warning": "⚠️", "wastebasket": "🗑️", "wave": "👋", "white_check_mark": "✅", "wink": "😉",
    "worried": "😟", "x": "❌", "yum": "😋", "zap": "⚡", "zzz": "💤",
}
_PICTURES = (range(0x2300, 0x2400), range(0x25A0, 0x27C0), range(0x2B00, 0x2C00), range(0x1F000, 0x1FB00))
_AS_PICTURE = "\ufe0f"      # asks for the coloured form of a sign that has two


def named(name: str) -> str | None:
    """The emoji of a short name, without its colons."""
    if name in _OWN:
        return _OWN[name]
    try:
        found = unicodedata.lookup(name.replace("_", " ").upper())
    except KeyError:
        return None
    return found + _AS_PICTURE if any(ord(found) in part for part in _PICTURES) else None


def drawn(text: str) -> str:
    """The text with its emoji."""
    return re.sub(r":([a-z0-9_+-]+):", lambda found: named(found[1]) or found[0], text)
