"""Three kazoo clients that write as fast as they are answered, until SIGTERM; then all that was acknowledged is looked for.

usage: writers.py HOST:PORT,HOST:PORT,...    SOAK_AUTH in the environment: dman's name and password, for what only dman may read
prints `writes` once each of them was answered; at the end a JSON object:
  acked, unknown   writes acknowledged, and those of which nobody knows
  gap              the longest time in seconds without an acknowledged write
  wrong            in words, whatever should not be: a create that is missing or has another zxid, versions with a hole, zxids that
                   contradict the order in which writes were made, members whose znodes differ
"""
import hashlib
import json
import os
import signal
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError, KazooException, NodeExistsError
from kazoo.handlers.threading import KazooTimeoutError

servers = sys.argv[1]
over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())


class Writer(threading.Thread):
    """Makes znodes of its own, each once, and counts in one more, whose version has to grow by one with each write."""

    def __init__(self, number):
        super().__init__()
        self.number, self.counter = number, "/soak/counter-%d" % number
        self.created, self.writes, self.unknown, self.wrong = {}, [], 0, []
        self.version, self.pending, self.ready = 0, None, threading.Event()

    def run(self):
        self.client = KazooClient(hosts=servers, timeout=6.0)
        self.client.start(timeout=30)
        self.client.create(self.counter, b"")
        count = 0
        while not over.is_set():
            count += 1
            self.attempt(self.create, count)
            self.attempt(self.count, count)
            self.ready.set()
            time.sleep(0.005)
        self.attempt(self.catch_up, 0)
        self.client.stop()

    def attempt(self, work, count):
        try:
            work(count)
        except (KazooException, KazooTimeoutError):
            # nobody knows whether it was written
            self.unknown += 1
            time.sleep(0.05)

    def written(self, began, zxid):
        self.writes.append((began, time.monotonic(), zxid))

    def create(self, count):
        name, began = "/soak/unique-%d-%d" % (self.number, count), time.monotonic()
        try:
            _, stat = self.client.create_async(name, b"x", include_data=True).get(timeout=20)
        except NodeExistsError:
            self.wrong.append("%s was there before it was made" % name)
            return
        self.created[name] = stat.czxid
        self.written(began, stat.czxid)

    def count(self, count):
        self.catch_up()
        began, self.pending = time.monotonic(), b"%d" % count
        try:
            stat = self.client.set_async(self.counter, self.pending, version=self.version).get(timeout=20)
        except BadVersionError:
            self.wrong.append("%s is not at version %d, though nobody else writes it" % (self.counter, self.version))
            raise
        self.pending = None
        if stat.version != self.version + 1:
            self.wrong.append("%s went from version %d to %d" % (self.counter, self.version, stat.version))
        self.version = stat.version
        self.written(began, stat.mzxid)

    def catch_up(self, _=None):
        """After a write of which nobody knows. It expects a version, as another one does that fences it: only one of the two can be."""
        while self.pending is not None:
            self.client.sync_async(self.counter).get(timeout=20)
            data, stat = self.client.get_async(self.counter).get(timeout=20)
            if stat.version != self.version:
                if stat.version != self.version + 1 or data not in (self.pending, b"fence"):
                    self.wrong.append("%s is at version %d with %r, after version %d and a write of %r"
                                      % (self.counter, stat.version, data, self.version, self.pending))
                self.version, self.pending = stat.version, None
                return
            try:
                self.client.set_async(self.counter, b"fence", version=self.version).get(timeout=20)
            except BadVersionError:
                pass


def order(writes):
    """A write that was acknowledged before another began has a lower zxid (ZooKeeper's writes are linearizable)."""
    wrong, highest = [], 0
    ended = sorted(writes, key=lambda each: each[1])
    at = 0
    for began, _, zxid in sorted(writes):
        while ended[at][1] < began:
            highest = max(highest, ended[at][2])
            at += 1
        if zxid <= highest:
            wrong.append("a write has zxid %x, one acknowledged before it began has %x" % (zxid, highest))
    return wrong


def look(server):
    """All znodes as one member has them: path to what is there and since when."""
    client = KazooClient(hosts=server, auth_data=[("digest", os.environ["SOAK_AUTH"])])
    client.start(timeout=30)
    client.sync("/")
    there, left = {}, ["/"]
    while left:
        # many at once: one by one a hundred thousand take minutes
        part, left = left[:1000], left[1000:]
        folders = []
        for path, asked in [(path, client.get_async(path)) for path in part]:
            data, stat = asked.get(timeout=60)
            there[path] = (hashlib.sha256(data).hexdigest(), stat.version, stat.czxid, stat.mzxid)
            if stat.numChildren > 0:
                folders.append((path, client.get_children_async(path)))
        for path, asked in folders:
            names = asked.get(timeout=60)
            left += [path.rstrip("/") + "/" + name for name in names if path + name != "/zookeeper"]
    client.stop()
    return there


first = KazooClient(hosts=servers)
first.start(timeout=30)
first.create("/soak")
first.stop()
writers = [Writer(number) for number in range(3)]
for writer in writers:
    writer.start()
for writer in writers:
    writer.ready.wait()
print("writes", flush=True)
for writer in writers:
    writer.join()

writes = [each for writer in writers for each in writer.writes]
wrong = [words for writer in writers for words in writer.wrong] + order(writes)
seen = {server: look(server) for server in servers.split(",")}
one, *others = seen.values()
for server, there in seen.items():
    if there != one:
        odd = [path for path in set(there) | set(one) if there.get(path) != one.get(path)]
        wrong.append("%s has %d znodes otherwise, such as %s" % (server, len(odd), odd[0]))
for writer in writers:
    for name, zxid in writer.created.items():
        if name not in one or one[name][2] != zxid:
            wrong.append("%s was acknowledged with zxid %x and is %s" % (name, zxid, one.get(name, "missing")))
    if one[writer.counter][1] not in (writer.version, writer.version + (writer.pending is not None)):
        wrong.append("%s ends at version %d, %d was the last" % (writer.counter, one[writer.counter][1], writer.version))
ends = sorted(end for _, end, _ in writes)
gap = max(later - sooner for sooner, later in zip(ends, ends[1:]))
print(json.dumps({"acked": len(writes), "unknown": sum(w.unknown for w in writers), "gap": gap, "wrong": wrong[:20]}))
