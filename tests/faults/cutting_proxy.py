"""A proxy before a PostgreSQL server that cuts the connection at any byte of an answer."""

import socket
import threading
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self


class Cut(NamedTuple):
    """Where to cut: after so many bytes of the answer to the request that holds `marker`.

    With `after` None the connection is cut as soon as the request has been passed on, while the
    server may still be at work.
    """

    marker: bytes
    after: int | None
    stays_down: bool = False


class CuttingProxy:
    """Passes bytes on between TCP clients and a server's socket; a context manager."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._cut: Cut | None = None
        self._is_down = False
        self._links: list[_Link] = []
        self.cuts = 0
        self.answered = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def cut(self, cut: Cut) -> None:
        """Cut once, as said."""
        with self._lock:
            self._cut = cut
            self.answered = 0

    def heal(self) -> None:
        """Cut nothing, and let connections through again."""
        with self._lock:
            self._cut, self._is_down = None, False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A thread that waits in accept() is woken by shutting down, not by closing.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._is_down:
                    client.close()
                else:
                    threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        with suppress(OSError), closing(client), closing(server):
            server.connect(str(self._server))
            link = _Link(self, client, server)
            self._links.append(link)
            asking = threading.Thread(target=link.pass_requests, daemon=True)
            asking.start()
            link.pass_answers()

    def is_to_cut(self, request: bytes) -> Cut | None:
        """Return the cut that a request meets."""
        with self._lock:
            return self._cut if self._cut and self._cut.marker in request else None

    def allowed(self, cut: Cut, answer: bytes) -> bytes | None:
        """Count a piece of an answer; return what may pass before the cut, None for all of it."""
        with self._lock:
            before, self.answered = self.answered, self.answered + len(answer)
            if cut is not self._cut or cut.after is None or self.answered <= cut.after:
                return None
            return answer[: cut.after - before]

    def has_cut(self, cut: Cut) -> None:
        """Note that it is done."""
        with self._lock:
            self.cuts += 1
            self._cut, self._is_down = None, cut.stays_down
        for link in self._links if cut.stays_down else ():
            link.sever()


class _Link:
    """One client's connection to the server."""

    def __init__(self, proxy: CuttingProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._cut: Cut | None = None

    def pass_requests(self) -> None:
        with suppress(OSError):
            while request := self._client.recv(1 << 16):
                self._cut = self._proxy.is_to_cut(request) or self._cut
                self._server.sendall(request)
                if self._cut and self._cut.after is None:
                    self._obey(self._cut)
            self._server.shutdown(socket.SHUT_WR)

    def pass_answers(self) -> None:
        while answer := self._server.recv(1 << 16):
            allowed = self._proxy.allowed(self._cut, answer) if self._cut else None
            if self._cut and allowed is not None:
                self._client.sendall(allowed)
                self._obey(self._cut)
                return
            self._client.sendall(answer)
        self._client.shutdown(socket.SHUT_RDWR)

    def _obey(self, cut: Cut) -> None:
        self._proxy.has_cut(cut)
        self.sever()

    def sever(self) -> None:
        """Cut both ways."""
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
