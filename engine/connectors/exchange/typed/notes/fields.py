"""What is read of a sticky note, and what of it is written again.

EWS has no type for notes: one is a message of the class IPM.StickyNote ([MS-OXONOTE] 2.2.1), which looks as its own
properties say.
"""

from __future__ import annotations

from engine.connectors.exchange.read import NOTE_SET
from engine.connectors.exchange.typed.fields import SEARCH_KEY, Fields, Property

NOTE_CLASS = "IPM.StickyNote"
# What a server may call one that is read: its schema has no name for it, and Item is what has no element of its own.
NOTE_ELEMENTS = ("Message", "Item")
COLOUR = Property("0x8b00", "Integer", NOTE_SET)        # PidLidNoteColor
FLAGS = Property("0x0e07", "Integer")                   # PidTagMessageFlags [MS-OXCMSG] 2.2.1.6
NOTE = Fields(
    "Message",
    "message",
    of_items=("ItemClass", "Subject", "Sensitivity", "Body", "Categories", "Importance"),
    between=("Culture",),
    own=(),
    recurs=(),
    asked=("item:Attachments",),
    properties=(
        Property("0x0e06", "SystemTime"),               # PidTagMessageDeliveryTime, which is DateTimeReceived
        FLAGS,
        Property("0x1080", "Integer"),                  # PidTagIconIndex [MS-OXONOTE] 2.2.2.2
        COLOUR,
        Property("0x8b02", "Integer", NOTE_SET),        # PidLidNoteWidth
        Property("0x8b03", "Integer", NOTE_SET),        # PidLidNoteHeight
        Property("0x8b04", "Integer", NOTE_SET),        # PidLidNoteX
        Property("0x8b05", "Integer", NOTE_SET),        # PidLidNoteY
        Property(SEARCH_KEY, "Binary", carried=False),
    ),
)
