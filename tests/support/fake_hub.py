# SPDX-License-Identifier: Apache-2.0
"""A hub that answers as it is told to, for tests of the lane's side.

    hub = FakeHub()               # http on 127.0.0.1, any port
    hub = FakeHub(tls=(cert, key), client_ca=None)
    hub.behave = lambda n: ...    # for the n-th POST of a crossing, from 1:
                                  # a status, (status, headers), or one of
                                  # "cut", "lost", "slow:SECONDS", "half"
"""
import http.server
import json
import re
import socket
import ssl
import threading
import time

RECIPIENT = "5ba9b1ea5ea0b0b1a59aab2b2d9e2d5c4f7a45ddc32bea2d5c02f5a3c5e1f83a"
POLICY = {"fmr": 0.0005, "vehicle_cap": 0.005, "margin": 0.005, "version": 1}


class FakeHub:
    def __init__(self, port=0, tls=None, client_ca=None):
        self.behave = lambda n: 201
        self.policy = dict(POLICY)
        self.recipient = RECIPIENT
        self.earlier = {"pictures": []}
        self.posts = []        # (key, body, headers), each time it came
        self.asked = []        # (path, body) of everything else
        self.kept = {}         # key: body, as a hub would keep it
        self.order = []        # keys in order of their first keeping
        self.connections = 0
        self.lock = threading.Lock()
        outer = self

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request, client_address):
                pass           # what tests provoke

            def get_request(self):
                connection, address = self.socket.accept()
                connection.settimeout(30)
                with outer.lock:
                    outer.connections += 1
                return connection, address

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1      # one packet an answer
            disable_nagle_algorithm = True

            def log_message(self, *args):
                pass

            def do_GET(self):
                outer.get(self)

            def do_POST(self):
                outer.post(self)

        self.server = Server(("127.0.0.1", port), Handler)
        self.scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            if client_ca:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(client_ca)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True)
            self.scheme = "https"
        self.port = self.server.server_address[1]
        self.url = "%s://localhost:%d" % (self.scheme, self.port)
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    # ---- what it answers ---------------------------------------------------

    def answer(self, h, status, body=b"", headers=()):
        h.send_response(status)
        for name, value in headers:
            h.send_header(name, value)
        h.send_header("Content-Length", str(len(body)))
        h.end_headers()
        h.wfile.write(body)

    def get(self, h):
        with self.lock:
            self.asked.append((h.path, b""))
        answers = {"/v1/policy": self.policy,
                   "/v1/recipient": {"recipient": self.recipient}}
        value = answers.get(h.path)
        if value is None:
            self.answer(h, 404)
        elif isinstance(value, int):
            self.answer(h, value)
        else:
            self.answer(h, 200, value if isinstance(value, bytes)
                        else json.dumps(value).encode())

    def post(self, h):
        body = h.rfile.read(int(h.headers.get("Content-Length", 0)))
        if re.fullmatch(r"/v1/lanes/[^/]+/earlier", h.path):
            with self.lock:
                self.asked.append((h.path, body))
            value = self.earlier
            self.answer(h, value if isinstance(value, int) else 200,
                        b"" if isinstance(value, int)
                        else json.dumps(value).encode())
            return
        key = h.headers.get("Idempotency-Key")
        with self.lock:
            self.posts.append((key, body, dict(h.headers)))
            n = len(self.posts)
        self.obey(h, self.behave(n), key, body)

    def keep(self, key, body):
        """201 for one that is new, 200 for one that is there."""
        with self.lock:
            fresh = key not in self.kept
            if fresh:
                self.kept[key] = body
                self.order.append(key)
        return 201 if fresh else 200

    def obey(self, h, what, key, body):
        headers = ()
        if isinstance(what, tuple):
            what, headers = what
        if isinstance(what, str) and what.startswith("slow:"):
            time.sleep(float(what[5:]))
            what = 201
        if what == "lost":     # kept, and the answer never arrives
            self.keep(key, body)
            self.hang_up(h)
        elif what == "cut":    # not kept
            self.hang_up(h)
        elif what == "half":   # kept, and the answer is cut in the middle
            status = self.keep(key, body)
            h.wfile.write(b"HTTP/1.1 %d Created\r\nContent-Length: 90\r\n"
                          b"\r\n{\"cross" % status)
            h.wfile.flush()
            self.hang_up(h)
        elif what == 201:
            self.answer(h, self.keep(key, body), json.dumps(
                {"crossing": key}).encode())
        else:
            self.answer(h, what, b'{"title":"as told","status":%d}' % what,
                        headers)

    @staticmethod
    def hang_up(h):
        h.close_connection = True
        try:
            h.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
