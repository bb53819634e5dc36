"""Writes with kazoo, as a program on a host would, one znode every 10 ms, until SIGTERM; then looks whether all of them are there.

usage: writer.py HOST:PORT,HOST:PORT,... PATH
prints `writes` once the first was acknowledged, then a JSON object: acked, missing, gap (the longest time in seconds without an acknowledged
write after the first) and lost (how often the session was, with whatever hangs on it)
"""
import json
import signal
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.protocol.states import KazooState

servers, path = sys.argv[1:]
over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
# It asks again at an even pace: by the usual one, twice the time after each attempt, a gap would tell more of its patience than of members.
client = KazooClient(hosts=servers, timeout=6.0, connection_retry={"max_tries": -1, "backoff": 1})
client.start(timeout=30)
states = []
client.add_listener(states.append)
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
if last is not None:
    gap = max(gap, time.time() - last)
client.sync(path)
there = set(client.get_children(path))
missing = [name for name in acked if name.rsplit("/", 1)[1] not in there]
# its own end is the end of its session, too
lost = states.count(KazooState.LOST)
client.stop()
print(json.dumps({"acked": len(acked), "missing": missing, "gap": gap, "lost": lost}))
