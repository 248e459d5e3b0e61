"""Big GETs over TLS by a client that decrypts nothing: after the request it has the system throw the bytes of the
connection away, so that the server is measured and not the client. Takes its orders as JSON in the file that is its
argument; prints bytes per second."""

import json
import os
import socket
import ssl
import sys
import threading
import time

with open(sys.argv[1], encoding="utf-8") as file:
    orders = json.load(file)
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
request = f"GET {orders['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
if orders["authorization"]:
    request += f"Authorization: {orders['authorization']}\r\n"
request = (request + "\r\n").encode()
start = time.monotonic()
counts = []


def drain_once():
    plain = socket.create_connection(("127.0.0.1", orders["port"]), timeout=60)
    raw = socket.socket(fileno=os.dup(plain.fileno()))
    raw.settimeout(60)
    with raw, context.wrap_socket(plain) as secure:
        secure.sendall(request)
        count, buffer = 0, bytearray(1 << 20)
        while dropped := raw.recv_into(buffer, 0, socket.MSG_TRUNC):
            count += dropped
    # The body, its head, and some bytes of TLS for each record: anything else is not the whole answer.
    if not orders["length"] <= count <= orders["length"] * 1.02 + 65536:
        raise RuntimeError(f"{count} bytes came for a body of {orders['length']}")
    return orders["length"]


def drain():
    count = 0
    while time.monotonic() - start < orders["seconds"]:
        count += drain_once()
    counts.append(count)


threads = [threading.Thread(target=drain) for _ in range(orders["connections"])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if len(counts) != len(threads):
    sys.exit(1)
print(sum(counts) / (time.monotonic() - start))
