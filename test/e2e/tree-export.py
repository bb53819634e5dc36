"""What a tree holds for whoever has dman's password, which comes as the first line of stdin.

usage: tree-export.py HOST:PORT read PATH        all znodes as JSON: base64, null for data never set, and ACLs; no ephemerals
       tree-export.py HOST:PORT set PATH TEXT
       tree-export.py HOST:PORT hold PATH        an ephemeral and znodes of others below PATH; until stdin ends
"""
import base64
import json
import sys

from kazoo.client import KazooClient
from kazoo.security import make_acl, make_digest_acl_credential


def read(client, path, into):
    data, stat = client.get(path)
    if stat.ephemeralOwner:
        return
    acls, _ = client.get_acls(path)
    into[path] = [
        None if data is None else base64.b64encode(data).decode(),
        sorted("%s:%s:%d" % (acl.id.scheme, acl.id.id, acl.perms) for acl in acls),
    ]
    for name in client.get_children(path):
        read(client, path + "/" + name, into)


def main():
    server, what, path = sys.argv[1:4]
    password = sys.stdin.readline().strip()
    client = KazooClient(hosts=server, auth_data=[("digest", "dman:" + password)])
    client.start()
    if what == "read":
        into = {}
        read(client, path, into)
        print(json.dumps(into))
    elif what == "set":
        client.set(path, sys.argv[4].encode())
    else:
        dman = make_acl("digest", make_digest_acl_credential("dman", password), all=True)
        host = make_acl("ip", "10.0.0.0/8", read=True, create=True)
        client.create(path + "/theirs", b"\x00\xff", acl=[dman])
        client.create(path + "/theirs/.znode", b"", acl=[dman, host])
        client.create(path + "/never", None, acl=[dman])
        client.create(path + "/session", b"gone soon", ephemeral=True)
        print("held", flush=True)
        sys.stdin.read()
    client.stop()


main()
