#!/usr/bin/env python
"""Follows a tree of dman-bootstrap, and gives whole generations of it only.

    python tree_reader.py 10.0.0.11:2180,10.0.0.12:2180,10.0.0.13:2180 app

prints a line of JSON for each generation, from the present one on. `dman-bootstrap client` prints the servers and the trees. Where
the world may not read the tree, ZK_AUTH=name:password in the environment is an identity that may.

Python 2.7 with kazoo 2.8.0, or Python 3 with any newer one. Copy follow() and read_once() into your program, or import them.
"""
import json
import os
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import ConnectionLoss, NoNodeError, OperationTimeoutError, SessionExpiredError


def follow(client, tree):
    """Yields (generation, {path: bytes}) for ever; passes over generations that are gone before they were read.

    Raises what kazoo raises, such as NoAuthError, but for lost connections and sessions: those it waits for.
    """
    given, known = 0, ()  # a zxid, so that a server that lags behind takes nobody back
    while True:
        moved = threading.Event()  # kazoo sets it too where the connection is lost
        try:
            whole = read_once(client, tree, known, lambda event: moved.set())
        except (ConnectionLoss, OperationTimeoutError, SessionExpiredError):
            time.sleep(0.5)
            continue
        if whole and whole[0] > given:
            given, generation, values = whole
            known = list(values)
            yield generation, values
        while not moved.wait(1):  # with a time, or Python 2 would not hear Ctrl-C
            pass


def read_once(client, tree, known, on_move):
    """One look at a tree, by one session: HEAD, everything, HEAD again.

    Returns (zxid, generation, {path: bytes}) where it is whole: HEAD is the same before and after and says of no larger apply that it
    is under way. Then nobody wrote to the tree in between, since every write checks or moves HEAD, and a server answers a
    session in the order in which it asked. Else None; `on_move` is told when it is worth another look.

    `known` are paths that were there last time. They are asked for all at once, between the two looks at HEAD: one round trip where the
    tree has the same znodes as before, and one more for each level that is new.
    """
    head_path = "/dman/meta/%s/HEAD" % tree
    before = client.exists_async(head_path, watch=on_move)
    values, asked, ask = {}, set(), set(known)
    while True:
        answers = [(path, client.get_async(path), client.get_children_async(path)) for path in ask]
        after = client.get_async(head_path)
        asked |= ask
        try:
            data, stat = after.get()
        except NoNodeError:
            return None  # nothing was seeded yet
        head = json.loads(data.decode("utf-8"))
        if head["format"] > 1:
            raise ValueError("tree written by a later version of dman-bootstrap")
        if before.get() is None or before.get().mzxid != stat.mzxid or "applying" in head:
            return None
        root = head["path"]
        ask = {root} - asked
        for path, value, children in answers:
            try:
                values[path] = value.get()[0] or b""
                ask.update(path + "/" + name for name in children.get())
            except NoNodeError:
                values.pop(path, None)  # it was there last time
        ask -= asked
        if not ask:
            below = {path: data for path, data in values.items() if (path + "/").startswith(root + "/")}
            return stat.mzxid, head["generation"], below


def main():
    servers, tree = sys.argv[1:]
    identity = os.environ.get("ZK_AUTH")
    client = KazooClient(hosts=servers, auth_data=[("digest", identity)] if identity else None)
    client.start()
    try:
        for generation, values in follow(client, tree):
            texts = {path: data.decode("utf-8", "replace") for path, data in values.items()}
            print(json.dumps({"generation": generation, "znodes": texts}, sort_keys=True))
            sys.stdout.flush()
    finally:
        client.stop()


if __name__ == "__main__":
    main()
