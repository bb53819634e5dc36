"""Prints a line of JSON for each call of kazoo's DataWatch: usage: data-watch.py HOSTS PATH..."""
import json
import sys
import time

from kazoo.client import KazooClient

client = KazooClient(hosts=sys.argv[1])
client.start()


def watch(path):
    def changed(data, stat):
        sys.stdout.write(json.dumps({"path": path, "value": data and data.decode()}) + "\n")
        sys.stdout.flush()

    client.DataWatch(path, changed)


for path in sys.argv[2:]:
    watch(path)
while True:
    time.sleep(1)
