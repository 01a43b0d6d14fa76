"""IMAP as a source (RFC 3501, RFC 9051). Reads, and changes nothing."""

from engine.connectors.imap.source import ImapSource

__all__ = ["ImapSource"]
