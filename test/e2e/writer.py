"""Writes with kazoo, as a program on a host would, one znode every 10 ms, until SIGTERM; then looks whether all of them are there.

usage: writer.py HOST:PORT,HOST:PORT,... PATH
prints `writes` once the first was acknowledged, then a JSON object: acked, missing, gap (the longest time in seconds between two acknowledged writes)
"""
import json
import signal
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.handlers.threading import KazooTimeoutError

servers, path = sys.argv[1:]
over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
client = KazooClient(hosts=servers, timeout=6.0)
client.start(timeout=30)
client.create(path)
acked, gap, number, last = [], 0.0, 0, None
while not over.is_set():
    name = "%s/%d" % (path, number)
    number += 1
    try:
        client.create_async(name, b"x").get(timeout=20)
    except (KazooException, KazooTimeoutError):
        # nobody knows whether it was written
        time.sleep(0.05)
        continue
    now = time.time()
    if last is None:
        print("writes", flush=True)
    else:
        gap = max(gap, now - last)
    last = now
    acked.append(name)
    time.sleep(0.01)
client.sync(path)
there = set(client.get_children(path))
missing = [name for name in acked if name.rsplit("/", 1)[1] not in there]
client.stop()
print(json.dumps({"acked": len(acked), "missing": missing, "gap": gap}))
