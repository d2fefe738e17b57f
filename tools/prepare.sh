# Sourced by ./run and ./test: installs what is missing, chooses how many compile jobs, builds. Bash.
# Needs: ROOT (the project's folder), INSTALL (yes or no).

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
elapsed() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }

export CCACHE_BASEDIR="$ROOT" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-5G}"
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

release_column() {  # the column of packages.txt for this machine, or nothing
  local id="" version=""
  [ -r "${OS_RELEASE:-/etc/os-release}" ] && . "${OS_RELEASE:-/etc/os-release}" && id="${ID:-}" version="${VERSION_ID:-}"
  awk -v want="$id-$version" '$1 == "#" && $2 == "kind" { for (i = 4; i <= NF; i++) if ($i == want) print i - 1 }' "$ROOT/packages.txt"
}

missing_packages() {  # KIND...: names of the packages that are not installed
  local column; column=$(release_column)
  [ -n "$column" ] || return 0
  awk -v column="$column" -v kinds=" $* " '!/^#/ && NF && index(kinds, " " $1 " ") && $column != "-" { print $1, $2, $column }' \
    "$ROOT/packages.txt" | while read -r kind need package; do
    if [ "$kind" = command ]; then command -v "$need" >/dev/null || echo "$package"
    else [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"; fi
  done
}

install_packages() {  # KIND...
  if [ -z "$(release_column)" ]; then
    say "This distribution is not one that tutti knows. It needs these, by Debian 12's names:"
    awk '!/^#/ && NF { printf "  %-12s %s\n", $2, $3 }' "$ROOT/packages.txt"
    command -v g++ >/dev/null && command -v cmake >/dev/null && command -v ninja >/dev/null \
      || die "install the list above with your package manager, then start again"
    return 0
  fi
  local missing; missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  local as_root=""
  if [ "$INSTALL" = no ]; then echo "missing packages: $missing"; echo "install them: apt-get install $missing"; exit 1; fi
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "these packages are missing and there is no sudo; as root: apt-get install $missing"
    as_root=sudo
  fi
  say "Installing $(wc -w <<<"$missing") packages: $missing"
  local log; log=$(mktemp)
  $as_root apt-get update -q >"$log" 2>&1 || { tail -n 5 "$log" >&2; die "apt-get update failed (network?)"; }
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >"$log" 2>&1 \
    || { tail -n 15 "$log" >&2; die "apt-get could not install: $missing"; }
  rm -f "$log"
}

compile_jobs() {  # min(cores, free memory / 1.2 GB), at least 1
  local cores memory; cores=$(nproc)
  memory=$(awk '/MemAvailable/ { print int($2 / 1200000) }' /proc/meminfo)
  [ "$memory" -lt "$cores" ] && cores=$memory
  [ "$cores" -lt 1 ] && cores=1
  echo "$cores"
}

as_user() {  # root is for packages only: what sudo started runs as the person who asked
  if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ]; then
    runuser -u "$SUDO_USER" -- env HOME="$(getent passwd "$SUDO_USER" | cut -d: -f6)" "$@"
  else "$@"; fi
}

build() {  # PRESET TARGET...
  local preset=$1; shift
  if [ ! -f "$ROOT/build/$preset/build.ninja" ]; then
    say "Configuring ($preset)"
    (cd "$ROOT" && as_user cmake --preset "$preset") >/tmp/tutti-cmake.$$ 2>&1 \
      || { cat /tmp/tutti-cmake.$$ >&2; rm -f /tmp/tutti-cmake.$$; die "cmake failed"; }
    rm -f /tmp/tutti-cmake.$$
  fi
  NINJA_STATUS='[build %p, %e s] ' as_user ninja -C "$ROOT/build/$preset" -j "$(compile_jobs)" "$@" \
    | { if [ -t 1 ]; then cat; else grep -v '^ninja: \(Entering\|no work\)' | awk 'NR % 25 == 1 || /FAILED|error|warning/' ; fi; }
  return "${PIPESTATUS[0]}"
}
