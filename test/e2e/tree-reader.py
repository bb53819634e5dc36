"""Reads znodes with kazoo, as a program on a host would: a JSON object, by path, on stdout.

usage: tree-reader.py HOST:PORT read PATH...     every znode below that it may read, with bytes, version, mzxid and ACL
       tree-reader.py HOST:PORT write PATH TEXT  without any credentials: prints what comes of it
"""
import base64
import json
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoAuthError


def read(client, path, into):
    try:
        data, stat = client.get(path)
    except NoAuthError:
        return
    acls, _ = client.get_acls(path)
    into[path] = {
        "data": base64.b64encode(data or b"").decode(),
        "version": stat.version,
        "mzxid": stat.mzxid,
        "acl": sorted("%s:%s:%d" % (acl.id.scheme, acl.id.id, acl.perms) for acl in acls),
    }
    for name in client.get_children(path):
        if (path, name) != ("/", "zookeeper"):
            read(client, path.rstrip("/") + "/" + name, into)


def main():
    client = KazooClient(hosts=sys.argv[1])
    client.start()
    try:
        if sys.argv[2] == "read":
            into = {}
            for path in sys.argv[3:]:
                read(client, path, into)
            print(json.dumps(into))
        else:
            try:
                client.set(sys.argv[3], sys.argv[4].encode())
                print(json.dumps("written"))
            except KazooException as error:
                print(json.dumps(type(error).__name__))
    finally:
        client.stop()


main()
