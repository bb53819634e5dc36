# shellcheck shell=sh disable=SC2154
# Records the conf release that this member served with: what put-back goes back to, and what clean-up keeps.
# Variables: conf. Exits: 0 · 1 failed · 86 the lock is not ours any more.
if ! slurp run/served || [ "$slurped" != "$conf
" ]; then
  printf '%s\n' "$conf" | keep run/served || failed "cannot write below ~/$dman_home/run" 'is the disk full?'
fi
