"""Whether what never greets us is a web server: those wait for the other side to speak first."""

from __future__ import annotations

import socket
import ssl

from engine.connectors.network.pinning import Endpoint

_PATIENCE = 1.0     # seconds; the person has waited for the greeting already


def answers_as_web_server(endpoint: Endpoint, tls: ssl.SSLContext | None) -> bool:
    """Asks once, by HTTP. False on any doubt."""
    try:
        with socket.create_connection((endpoint.address, endpoint.port), _PATIENCE) as connection:
            if tls is None:
                return _asks(connection)
            with tls.wrap_socket(connection, server_hostname=endpoint.host) as wrapped:
                return _asks(wrapped)
    except (OSError, ValueError):
        return False


def _asks(connection: socket.socket) -> bool:
    connection.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
    return connection.recv(5) == b"HTTP/"
