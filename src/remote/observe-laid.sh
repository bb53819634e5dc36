# shellcheck shell=sh disable=SC2012,SC2015,SC2154
# What one observation tells of the rest of ~/<home>, and of the crontab: last, for it ends where there is no ~/<home>. Reads only.
# Variables: none. Exits: 0 · 1 failed.
if command -v crontab >/dev/null; then
  say crontab ''
  out
  words=$(crontab -l 2>&1 >&3)
  say crontabstatus "$?"
  say crontabwords "$words"
else
  say crontabstatus 127
fi

[ "$dman_there" = yes ] || {
  say links "$(ls -dil . 2>&1)"
  exit 0
}

say_lock

# The inode of the home, and where links lead
set -- .
for release in releases/*; do
  [ -d "$release" ] && [ ! -L "$release" ] || continue
  say release "${release##*/}"
  case $release in releases/conf-*)
    for link in "$release/java" "$release/zookeeper"; do [ ! -L "$link" ] || set -- "$@" "$link"; done
    ;;
  esac
done
if [ -L current ] || [ -e current ]; then
  set -- "$@" current
  for file in current/*; do
    [ ! -L "$file" ] || set -- "$@" "$file"
    case ${file#current/} in *[!A-Za-z0-9._-]*) continue ;; esac
    [ -f "$file" ] && [ ! -L "$file" ] || continue
    # A private key stays where it is.
    { text='' key=no && while IFS= read -r line; do
      case $line in *'-END '*' PRIVATE KEY-'* | *'-END PRIVATE KEY-'*) key=no ;; esac
      [ "$key" = yes ] || text="$text$line
"
      case $line in *'-BEGIN '*' PRIVATE KEY-'* | *'-BEGIN PRIVATE KEY-'*) key=yes ;; esac
    done <"$file"; } 2>/dev/null || say trouble "cannot read $file"
    say "conf ${file#current/}" "$text$line"
  done
fi
say links "$(ls -dil "$@" 2>&1)"
if [ -d bin ]; then
  for file in bin/*; do
    [ ! -e "$file" ] || { say bin "$(sha256sum bin/* 2>/dev/null)" && break; }
  done
fi

living_changes
say living "$living"
say stale "$stale"
for file in tmp/* tmp/.[!.]* run/old.* run/new.* data/restore.*; do
  # what a start, or another's try for the lock, is just making
  case $file in run/*) process_start "${file##*.}" && continue ;; esac
  [ ! -e "$file" ] && [ ! -L "$file" ] || say left "$file"
done

# What a restore brought and did not finish
set --
for file in tmp/restore-* tmp/restore.* data/restore.*; do [ ! -e "$file" ] || set -- "$@" "$file"; done
[ $# -eq 0 ] ||
  say brought "$(find "$@" -type f -exec stat -c %s {} + 2>/dev/null | awk '{ sum += $1 } END { printf "%.0f", sum }')"

for folder in data/aside.*; do [ ! -d "$folder" ] || say aside "$folder"; done

# Archives' own files are private since they were unpacked, below folders that let nobody in; there are hundreds.
say open "$(find . -path './releases/[jz]*/*' -prune -o ! -type l \
  \( -perm -040 -o -perm -020 -o -perm -010 -o -perm -004 -o -perm -002 -o -perm -001 \) -print 2>/dev/null)"
