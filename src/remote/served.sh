# shellcheck shell=sh disable=SC2154
# Records the conf release that this member served with: what put-back goes back to. Behind it stays the one that served before, for
# clean-up keeps both: the current release and the previous.
# Variables: conf. Exits: 0 · 1 failed · 86 the lock is not ours any more.
slurp run/served || slurped=
last=${slurped%%
*}
if [ "$last" != "$conf" ]; then
  printf '%s\n' "$conf" ${last:+"$last"} | keep run/served || failed "cannot write below ~/$dman_home/run" 'is the disk full?'
fi
