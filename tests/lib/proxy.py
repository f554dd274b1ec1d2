"""A proxy for HTTP that passes GET and CONNECT on (RFC 9110, 7.3.2 and 9.3.6)
to those whom it knows, and keeps what it was asked for."""

import contextlib
import http.server
import select
import socket
import threading
import urllib.parse

HOP_BY_HOP = {"connection", "keep-alive", "te", "upgrade"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        server = self.reach(url.hostname, url.port or 80)
        if not server:
            return
        fields = [f"{name}: {value}" for name, value in self.headers.items()
                  if name.lower() not in HOP_BY_HOP
                  and not name.lower().startswith("proxy-")]
        path = urllib.parse.urlunsplit(("", "", url.path or "/", url.query,
                                        ""))
        with server:
            server.sendall("\r\n".join(
                [f"GET {path} HTTP/1.1", *fields, "Connection: close", "", ""]
            ).encode("latin-1"))
            self.relay(server)

    def do_CONNECT(self):
        host, _, port = self.path.rpartition(":")
        server = self.reach(host, int(port))
        if not server:
            return
        with server:
            self.send_response(200)
            self.end_headers()
            self.relay(server)

    def reach(self, host, port):
        """A connection to the server, or None: that was said."""
        self.server.asked.append((self.command, self.path))
        address = self.server.names.get(host)
        with contextlib.suppress(OSError), self.server.inside():
            if address:
                return socket.create_connection((address, port), 5)
        self.send_error(502)
        return None

    def relay(self, server):
        """Both ways, until one side has had enough."""
        self.close_connection = True
        self.wfile.flush()
        other = {self.connection: server, server: self.connection}
        while True:
            for sock in select.select(list(other), [], [])[0]:
                with contextlib.suppress(OSError):
                    data = sock.recv(65536)
                    if data:
                        other[sock].sendall(data)
                        continue
                return

    def log_message(self, *_):
        pass


class Proxy(http.server.ThreadingHTTPServer):
    """names is host -> address of all that it reaches; inside() is where it
    listens and connects. asked fills with (method, target)."""
    daemon_threads = True
    block_on_close = False

    def __init__(self, address, names, inside=contextlib.nullcontext):
        self.names, self.inside, self.asked = names, inside, []
        with inside():
            super().__init__(address, Handler)
        self.thread = threading.Thread(target=self.serve_forever,
                                       args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()
