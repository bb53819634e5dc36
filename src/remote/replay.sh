# shellcheck shell=sh disable=SC2015,SC2154,SC3045
# Has this host's ZooKeeper load a set of data, as a starting member does, and tells how far it came. The set is linked (or cut to the
# given sizes) in tmp and compared with its checksums first; the member's own data is not touched. The one member of this "ensemble" has
# an address that no host has (TEST-NET, RFC 5737), so nothing can listen, and it is ended as soon as all is loaded.
# Variables: from (folder with the files), files (lines `SHA256 SIZE NAME`), java, zookeeper (releases), heap (MiB),
# options (lines), patience (seconds). Says: zxid HEX. Exits: 0 · 1 failed · 86 the lock is not ours any more.
hint='is the disk full? df and df -i tell'
work
mkdir -p "$work/version-2" "$work/java" || failed "cannot write below ~/$dman_home/tmp" "$hint"
sums=''
bring() {
  # shellcheck disable=SC2086
  set -- $1
  sums="$sums$1  $3
"
  size=$(stat -c %s "$from/$3" 2>/dev/null) || failed "$from/$3 is not there" 'run it again'
  if [ "$size" != "$2" ] || ! ln "$from/$3" "$work/version-2/$3" 2>/dev/null; then
    head -c "$2" "$from/$3" >"$work/version-2/$3" 2>/dev/null || failed "cannot copy $from/$3" "$hint"
  fi
}
each_line bring "$files"
wrong=$(cd "$work/version-2" && printf %s "$sums" | sha256sum -c - 2>&1) ||
  failed "what is to be replayed is not what was meant: $wrong" 'run it again'

printf '1\n' >"$work/myid"
printf '%s\n' "dataDir=$work" tickTime=2000 initLimit=5 syncLimit=2 standaloneEnabled=false reconfigEnabled=false \
  admin.enableServer=false server.1=192.0.2.1:2889:3889:participant >"$work/zoo.cfg"
printf '%s\n' '<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%m%n</pattern></encoder>' \
  '</appender><root level="INFO"><appender-ref ref="out"/></root></configuration>' >"$work/logback.xml"
printf '%s\n' log4j.rootLogger=INFO,out log4j.appender.out=org.apache.log4j.ConsoleAppender \
  log4j.appender.out.layout=org.apache.log4j.PatternLayout 'log4j.appender.out.layout.ConversionPattern=%m%n' >"$work/log4j.properties"
set -- "-Xmx${heap}m" -XX:-UsePerfData -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError \
  "-Djava.io.tmpdir=$PWD/$work/java" "-XX:ErrorFile=$work/java/error.log" -Dzookeeper.db.autocreate=false \
  -Dzookeeper.jmx.log4j.disable=true -Dzookeeper.electionPortBindRetry=1
rest=$options
while [ -n "$rest" ]; do
  set -- "$@" "${rest%%
*}"
  rest=${rest#*
}
done
classes=
for jar in "releases/$zookeeper/lib/"*.jar; do classes=$classes:$jar; done
nice=$(command -v nice)
(
  ulimit -c 0
  # shellcheck disable=SC2086
  exec env -i PATH=/usr/bin:/bin HOME="$HOME" LANG=C.UTF-8 $nice "releases/$java/bin/java" "$@" \
    "-Dlogback.configurationFile=$work/logback.xml" "-Dlog4j.configuration=file:$work/log4j.properties" -cp "${classes#:}" \
    org.apache.zookeeper.server.quorum.QuorumPeerMain "$work/zoo.cfg"
) >"$work/words" 2>&1 3>&- &
child=$!
process_start "$child" && child_start=$process_start
lives() { process_start "$child" && [ "$process_start" = "$child_start" ]; }
loaded() { zxid=$(sed -n 's/.*highest zxid is 0x\([0-9a-f]*\).*/\1/p' "$work/words") && [ -n "$zxid" ]; }
uptime_now
until_then=$((uptime_now + patience))
until loaded; do
  lives || break
  uptime_now
  if [ "$uptime_now" -ge "$until_then" ]; then
    kill -KILL "$child"
    failed "the replay was not over after $patience s" 'give --timeout more seconds'
  fi
  sleep 0.2 2>/dev/null || sleep 1
done
if lives; then kill -KILL "$child" 2>/dev/null; fi
wait "$child" 2>/dev/null
loaded || failed "ZooKeeper could not load it: $(grep -i -e exception -e error "$work/words" | tail -n 3)" \
  'this set is not used; run it again, and if it fails again look at the data of that member'
say zxid "$zxid"
