#!/bin/sh
# Usage: archives.sh CACHE [debian]: makes the archives that labs run with, below CACHE, each once; `debian` leaves Maven Central alone.
# Equal input gives equal bytes: sorted entries, fixed times and owners.
set -eu
cache=$1 source=${2:-maven}
here=$(dirname "$0")
mkdir -p "$cache"
# No two at once; what this script starts ends with it, so nobody inherits the lock for longer.
exec 9>"$cache/.lock"
flock 9
work=$(mktemp -d "$cache/.work-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

pack() { # FOLDER ARCHIVE
  tar --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r,go-w,a+X \
    -C "$work" -cf "$work/tar" "$1"
  gzip -9 -n <"$work/tar" >"$work/packed"
  mv "$work/packed" "$cache/$2"
}

jdk_home() { # a JDK 17 with jlink and its modules; Debian keeps it here, others on the PATH
  for java in /usr/lib/jvm/java-17-openjdk-*/bin/java "$(command -v java || :)"; do
    [ -x "$java" ] || continue
    home=$(dirname "$(dirname "$(readlink -f "$java")")")
    [ -x "$home/bin/jlink" ] && grep -q '^JAVA_VERSION="17\.' "$home/release" && echo "$home" && return
  done
  return 1
}

modules=java.base,java.logging,java.management,java.naming,java.security.jgss,java.security.sasl,java.sql,java.xml,\
jdk.management,jdk.unsupported,jdk.crypto.ec,jdk.zipfs

find_jdk() { jdk=$(jdk_home) || { sh "$here/packages.sh" no-jdk-17=openjdk-17-jdk-headless; jdk=$(jdk_home); }; }

make_jre() {
  find_jdk
  echo 'making jre-17.tar.gz with jlink' >&2
  "$jdk/bin/jlink" --output "$work/jre-17" --strip-debug --no-header-files --no-man-pages --add-modules "$modules"
  pack jre-17 jre-17.tar.gz
}

make_jdk() { # as Temurin packs a whole JDK, jdk-17.0.15+6/ with bin conf include jmods legal lib man, of fewer modules
  find_jdk
  echo 'making jdk-17.tar.gz with jlink' >&2
  version=$(sed -n 's/^JAVA_RUNTIME_VERSION="\([0-9.+]*\).*/\1/p' "$jdk/release")
  "$jdk/bin/jlink" --output "$work/jdk-$version" --strip-debug --add-modules "$modules,jdk.compiler,jdk.jartool,jdk.jcmd"
  mkdir "$work/jdk-$version/jmods"
  cp "$jdk/jmods/java.base.jmod" "$jdk/jmods/jdk.jcmd.jmod" "$work/jdk-$version/jmods"
  pack "jdk-$version" jdk-17.tar.gz
}

fetch_zookeeper() { # VERSION METRICS: the jars, from Maven Central; METRICS: the version of the Prometheus provider, if any
  top=apache-zookeeper-$1-bin
  echo "making $top.tar.gz from Maven Central" >&2
  mkdir -p "$work/$top/lib" "$work/pom"
  sed "s/@VERSION@/$1/; s/@METRICS@/$2/${2:+; /BEGIN METRICS/d; /END METRICS/d}" "$here/zookeeper-pom.xml" >"$work/pom/pom.xml"
  mvn -B -l "$work/mvn" -f "$work/pom/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$work/$top/lib" >/dev/null || { grep '^\[ERROR\]' "$work/mvn" >&2 || :; return 1; }
}

make_debian_zookeeper() { # 3.8.0, out of Debian's own jars
  top=apache-zookeeper-3.8.0-bin jars=/usr/share/java
  [ -e $jars/zookeeper.jar ] || sh "$here/packages.sh" no-zookeeper-jar=libzookeeper-java
  echo "making $top.tar.gz from Debian's jars" >&2
  mkdir -p "$work/$top/lib"
  for jar in zookeeper zookeeper-jute commons-cli commons-io findbugs-annotations jackson-annotations jackson-core jackson-databind \
    jetty9-client jetty9-http jetty9-io jetty9-security jetty9-server jetty9-servlet jetty9-util jetty9-util-ajax metrics-core \
    netty-buffer netty-codec netty-common netty-handler netty-resolver netty-transport netty-transport-native-unix-common \
    netty-transport-native-epoll slf4j-api slf4j-log4j12 log4j-1.2 snappy-java servlet-api; do
    cp -L "$jars/$jar.jar" "$work/$top/lib/"
  done
  mv "$work/$top/lib/zookeeper.jar" "$work/$top/lib/zookeeper-3.8.0.jar"
  frame "$top"
}

frame() { # TOP: what Apache packs beside lib
  mkdir -p "$work/$1/bin" "$work/$1/conf" "$work/$1/docs"
  printf 'tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/tmp/zookeeper\nclientPort=2181\n' >"$work/$1/conf/zoo_sample.cfg"
  printf '#!/bin/sh\necho "this is a lab archive: start the server by its main class" >&2\nexit 1\n' >"$work/$1/bin/zkServer.sh"
  chmod 755 "$work/$1/bin/zkServer.sh"
  pack "$1" "$1.tar.gz"
}

[ -e "$cache/jre-17.tar.gz" ] || make_jre
[ -e "$cache/jdk-17.tar.gz" ] || make_jdk
if [ "$source" = maven ]; then
  for version in 3.9.5 3.8.6; do
    [ -e "$cache/apache-zookeeper-$version-bin.tar.gz" ] && continue
    sh "$here/packages.sh" mvn=maven
    # Its metrics are not to be had for every release; that of the one before fits.
    case $version in 3.9.5) metrics=3.9.4 ;; *) metrics='' ;; esac
    fetch_zookeeper "$version" "$metrics" || fetch_zookeeper "$version" '' || { echo "ZooKeeper $version cannot be had from Maven Central" >&2; source=debian; break; }
    frame "apache-zookeeper-$version-bin"
  done
fi
[ "$source" = maven ] || [ -e "$cache/apache-zookeeper-3.8.0-bin.tar.gz" ] || make_debian_zookeeper
