"""What the trees of the benchmark are compared with, and what looks at them: kazoo, straight to one member.

usage: tree.py HOST:PORT one PATH FOLDER          every znode created by itself, all under way at once
       tree.py HOST:PORT hundred PATH FOLDER      in transactions of a hundred, all under way at once
       tree.py HOST:PORT read PATH FOLDER         all read at once; fails where bytes differ from the folder's
       tree.py HOST:PORT written ZXID PATH...     how many znodes at and below the paths were written after the zxid
       tree.py HOST:PORT wipe PATH...             all at and below the paths deleted

Prints one number; for the first three the seconds from the first request to the last answer: Python's start, its session and reading
of files are not in them. BENCH_AUTH is the digest `user:password` to do it as, where there is one.
"""
import os
import sys
import time

from kazoo.client import KazooClient


def of_folder(top, path):
    """(znode, bytes), parents first, as `seed` would make of the folder."""
    yield path, b""
    for folder, folders, files in os.walk(top):
        folders.sort()
        at = path + folder[len(top) :]
        for name in folders:
            yield at + "/" + name, b""
        for name in sorted(files):
            with open(os.path.join(folder, name), "rb") as file:
                yield at + "/" + name, file.read()


def all_below(client, path):
    """Paths, a level of the tree at a time: all of a level are asked for at once."""
    level = [path] if client.exists(path) else []
    while level:
        yield level
        asked = [(at, client.get_children_async(at)) for at in level]
        level = [at + "/" + name for at, names in asked for name in names.get()]


def hundreds(items):
    return [items[at : at + 100] for at in range(0, len(items), 100)]


def together(client, batches, add):
    """Transactions, all under way at once; `add` puts one item into one."""
    under_way = []
    for batch in batches:
        transaction = client.transaction()
        for item in batch:
            add(transaction, item)
        under_way.append(transaction.commit_async())
    for each in under_way:
        for result in each.get():
            if isinstance(result, Exception):
                raise result


def one(client, znodes):
    for each in [client.create_async(path, data) for path, data in znodes]:
        each.get()


def hundred(client, znodes):
    together(client, hundreds(znodes), lambda transaction, znode: transaction.create(*znode))


def read(client, znodes):
    asked = [client.get_async(path) for path, _ in znodes]
    return [each.get()[0] for each in asked]


def timed(work, client, path, folder):
    znodes = list(of_folder(folder, path))
    began = time.perf_counter()
    data = work(client, znodes)
    seconds = time.perf_counter() - began
    if data is not None and data != [data for _, data in znodes]:
        raise SystemExit("what was read is not what the folder holds")
    return seconds


def written(client, zxid, *paths):
    stats = [client.exists_async(at) for path in paths for level in all_below(client, path) for at in level]
    return sum(each.get().mzxid > int(zxid, 16) for each in stats)


def wipe(client, *paths):
    for path in paths:
        for level in reversed(list(all_below(client, path))):
            together(client, hundreds(level), lambda transaction, at: transaction.delete(at))
    return 0


def main():
    server, command, *args = sys.argv[1:]
    auth = os.environ.get("BENCH_AUTH")
    client = KazooClient(hosts=server, auth_data=[("digest", auth)] if auth else None)
    client.start()
    try:
        if command in ("written", "wipe"):
            print({"written": written, "wipe": wipe}[command](client, *args))
        else:
            print(timed({"one": one, "hundred": hundred, "read": read}[command], client, *args))
    finally:
        client.stop()


main()
