"""A thread that accepts connections: it sleeps until somebody connects or it is told to stop."""

import selectors
import socket
import threading
from socketserver import TCPServer


class Listening:
    """Serves what the server is asked, in a thread of its own, in the place of its `serve_forever`."""

    def __init__(self, server: TCPServer, name: str) -> None:
        """Begin to serve."""
        server.timeout = 0      # who is gone before we look is nobody to wait for
        self._server = server
        self._stop, self._told = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with self._told, selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._told, selectors.EVENT_READ)
            while all(key.fileobj is self._server for key, _ in selector.select()):
                self._server.handle_request()

    def stop(self) -> None:
        """Accept no more; what is being served goes on."""
        self._stop.close()
        self._thread.join()
