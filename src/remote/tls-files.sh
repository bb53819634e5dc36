# shellcheck shell=sh disable=SC2154
# What this host's member shows its peers, and whom it takes: its key and certificate, and its CAs. Reads only; what it says has a private key.
# Variables: none. Says: `file NAME`, its text. Exits: 0 · 1 failed.
[ "$dman_there" != closed ] || failed "cannot enter ~/$dman_home" 'log in and look at its owner and mode'
for file in member.pem trust.pem; do
  [ -f "current/$file" ] || continue
  slurp "current/$file" || failed "cannot read current/$file below ~/$dman_home" 'look at its owner and mode'
  say "file $file" "$slurped"
done
