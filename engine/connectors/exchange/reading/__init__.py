"""An Exchange mailbox as a source: its folders, what lies in them, and each message whole. Nothing here writes."""
