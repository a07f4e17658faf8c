"""A TCP proxy in front of an emulator, that misbehaves when it is told to."""

import socket
import struct
import threading
import time

BUSY = "503 Service Unavailable"


class Faulty:
    """Passes connections on to `target`, a port of this machine, until one of its faults is asked for.

    - `busy`: so many connections are answered with `busy_with`, a status line;
    - `reset_after_answer`: one connection is reset once so many bytes of the answer have passed;
    - `reset_after_request`: the same for the request;
    - `reset_after_words`: one connection is reset once requests that hold these bytes, one after the other, have passed;
    - `refuses`: connections are closed at once;
    - `stalls`: nothing passes any more, and nothing is closed.
    """

    def __init__(self, target):
        self.target = target
        self.busy, self.busy_with = 0, BUSY
        self.reset_after_answer = None
        self.reset_after_request = None
        self.reset_after_words = []
        self.refuses = self.stalls = False
        self.faults = 0
        # Bytes, both ways.
        self.passed = 0
        self.lock = threading.Lock()
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def stop(self):
        self.listener.close()

    def drop(self):
        """Resets what is open, so that whoever comes next connects anew and meets the next fault."""
        with self.lock:
            open_ones, self.open = self.open, []
        for connection in open_ones:
            reset(connection)

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with self.lock:
            if self.refuses:
                self.faults += 1
                return reset(client)
            busy = self.busy > 0
            if busy:
                self.busy -= 1
                self.faults += 1
        if busy:
            client.recv(65536)
            client.sendall(f"HTTP/1.1 {self.busy_with}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            return client.close()
        server = socket.create_connection(("127.0.0.1", self.target))
        with self.lock:
            self.open += [client, server]
        threading.Thread(target=self.copy, args=(client, server, "reset_after_request"), daemon=True).start()
        self.copy(server, client, "reset_after_answer")

    def copy(self, source, sink, fault):
        passed = words = 0
        try:
            while data := source.recv(65536):
                passed += len(data)
                with self.lock:
                    self.passed += len(data)
                    limit = getattr(self, fault)
                    if limit is not None and passed > limit:
                        setattr(self, fault, None)
                        self.faults += 1
                        reset(source)
                        reset(sink)
                        return
                    awaited = self.reset_after_words if fault == "reset_after_request" else []
                    while words < len(awaited) and awaited[words] in data:
                        words += 1
                    lost = 0 < len(awaited) == words
                    if lost:
                        self.reset_after_words = []
                        self.faults += 1
                while self.stalls:
                    time.sleep(0.05)
                if lost:
                    # Before an answer can come back.
                    reset(source)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()


def reset(connection):
    """Ends a connection so that the other side sees a reset, not an end."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        pass
    connection.close()
