# shellcheck shell=sh disable=SC2154
# Streams what backup-link holds, packed: of each file a line `SIZE NAME`, then so many bytes; `0 end` last. A log that is still written
# grows meanwhile: what it had at first is what is sent.
# Variables: folder (below tmp), names (lines).
cd "tmp/$folder/version-2" 2>/dev/null || failed "tmp/$folder is not there any more" 'run it again'
nice=$(command -v nice)
send_one() {
  size=$(stat -c %s "$1") && printf '%s %s\n' "$size" "$1" && head -c "$size" "$1" || exit 1
}
send_all() { each_line send_one "$names" && printf '0 end\n'; }
# shellcheck disable=SC2086
packed() { send_all | $nice gzip -1; }
stream packed
