"""Makes a znode every 10 ms, each with the next number, also after its session was lost; prints each number that was acknowledged.

usage: backup-writer.py HOST:PORT,... PATH AFTER
"""
import sys
import time

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.handlers.threading import KazooTimeoutError


def main():
    hosts, path, after = sys.argv[1:]
    client = KazooClient(hosts=hosts, timeout=4)
    client.start(timeout=30)
    client.ensure_path(path)
    number = int(after)
    while True:
        number += 1
        try:
            client.create("%s/%08d" % (path, number))
            print(number, flush=True)
        except (KazooException, KazooTimeoutError):
            time.sleep(0.05)
        time.sleep(0.01)


main()
