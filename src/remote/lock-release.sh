# shellcheck shell=sh disable=SC2154
# Gives the lock up, if it is ours, and takes away folders that were made for it alone, up to the user's home.
# Variables: none. Says: released yes|no. Exits: 0.
released=no
if [ "$dman_there" = yes ]; then
  if unclaim lock "$dman_token"; then released=yes; fi
  # rmdir takes empty folders only
  if rmdir run 2>/dev/null; then
    cd -- "$HOME" || exit
    while [ -n "$dman_home" ] && rmdir -- "$dman_home" 2>/dev/null; do
      case $dman_home in */*) dman_home=${dman_home%/*} ;; *) dman_home= ;; esac
    done
  fi
fi
say released "$released"
