# shellcheck shell=sh disable=SC2015,SC2154
# Goes before what makes something of an upload: looks that it came whole. Variables: staged (name in tmp), sum (its sha256).
hint='is the disk full? df and df -i tell'
# spoilt WORDS [HINT]: fails, and nobody tries that upload again
spoilt() {
  rm -f -- "tmp/$staged"
  failed "$@"
}
came_whole() {
  [ -f "tmp/$staged" ] || failed "the upload tmp/$staged is not there" 'run it again'
  found=$(sha256sum <"tmp/$staged") || spoilt "cannot read tmp/$staged" "$hint"
  [ "${found%% *}" = "$sum" ] || spoilt "the upload came out with sha256 ${found%% *}, not $sum" 'run it again'
}
