# shellcheck shell=sh disable=SC2015,SC2088,SC2154,SC3045
# Behind upload.sh: makes a release of a staged tarball: verified by sha256, unpacked in tmp, its one top folder renamed to releases/NAME when all
# is on disk; for Java only once it has run here. The staged file is gone afterwards, also when this fails.
# Variables: staged (name in tmp), sum (its sha256), release, kind (java or zookeeper).
# Says: unpacked yes|no (no: it was there). Exits: 0 · 1 failed · 86 the lock is not ours any more.
if [ -d "releases/$release" ]; then
  rm -f -- "tmp/$staged"
  say unpacked no
  exit 0
fi
came_whole
work
top=$work/top
mkdir -p releases "$top" "$work/java" || spoilt "cannot write below ~/$dman_home" "$hint"
words=$(cd "$top" && tar -xzf "../../$staged" 2>&1) || spoilt "cannot unpack $release: $words" "$hint"
rm -f -- "tmp/$staged"
set -- "$top"/*
[ $# = 1 ] && [ -d "$1" ] && [ ! -L "$1" ] || failed "$release is not one folder packed: ${1##*/} …" 'look at the archive with tar -tzf'
# +X: only where the archive had it. Whoever packed it may have let others in, or nobody write: then it could not be moved.
chmod -R a-s,u+rwX,go= "$1" && mv "$1" "$work/$release" || failed "cannot set the modes of $release" "$hint"

# On disk before it appears: after a loss of power a release that is there is whole.
{ sync -f "$work/$release" 2>/dev/null || sync; } &
flushing=$!
if [ "$kind" = java ]; then
  words=$(cd "$work" && ulimit -c 0 && env -i PATH=/usr/bin:/bin HOME="$HOME" LANG=C "$release/bin/java" -XX:-UsePerfData \
    -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx32m "-Djava.io.tmpdir=java" -XX:ErrorFile=/dev/null -version 2>&1) ||
    failed "the Java of $release does not run on this host ($(uname -m)): ${words:-no words}" \
      'take a Java archive for this processor whose binaries fit this host'"'"'s libc (Temurin'"'"'s run on glibc 2.17)'
fi
wait "$flushing" || failed "cannot flush $release to disk" "$hint"
still_ours
mv -f "$work/$release" releases/ || failed "cannot write releases/$release" "$hint"
say unpacked yes
