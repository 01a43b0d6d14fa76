"""POP3 as a source (RFC 1939, RFC 2449). Reads, deletes nothing, and leaves no mark where the server lets it."""

from engine.connectors.pop3.source import Pop3Source

__all__ = ["Pop3Source"]
