# The same work as `up`'s hosts and founding, as a careful pyinfra deploy: idempotent, uploads only where missing.
import io
import json
import os

from pyinfra import host
from pyinfra.facts.files import Directory
from pyinfra.operations import files, server

with open(os.environ["BENCH_FACTS"]) as facts_file:
    facts = json.load(facts_file)
me = facts["hosts"][host.name]

files.directory(path="pyinfra/data", mode="700")
files.directory(path="pyinfra/conf", mode="700")
for name, archive in (("java", facts["java"]), ("zookeeper", facts["zookeeper"])):
    if not host.get_fact(Directory, f"pyinfra/{name}"):
        files.put(src=archive, dest=f"pyinfra/{name}.tar.gz", mode="600")
        server.shell(
            commands=[
                f"mkdir pyinfra/{name}.new && tar -xzf pyinfra/{name}.tar.gz -C pyinfra/{name}.new --strip-components=1"
                f" && mv pyinfra/{name}.new pyinfra/{name} && rm pyinfra/{name}.tar.gz"
            ]
        )
files.put(src=io.StringIO(me["zoo_cfg"]), dest="pyinfra/conf/zoo.cfg", mode="600")
files.put(src=io.StringIO(facts["logback"]), dest="pyinfra/conf/logback.xml", mode="600")
files.put(src=io.StringIO("%d\n" % me["id"]), dest="pyinfra/data/myid", mode="600")
server.shell(
    commands=[
        '[ -f pyinfra/pid ] && kill -0 "$(cat pyinfra/pid)" || { cd pyinfra && { setsid env -i HOME="$HOME" java/bin/java '
        + facts["jvm"]
        + " -cp 'conf:zookeeper/lib/*' org.apache.zookeeper.server.quorum.QuorumPeerMain conf/zoo.cfg"
        + " >/dev/null 2>&1 </dev/null & echo $! >pid; }; }"
    ]
)
