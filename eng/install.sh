#!/usr/bin/env bash
# Installs the Debian packages of a group of eng/packages.txt that are missing.
#
#   eng/install.sh test          installs the group; exit 0 when all of it is there afterwards
#   eng/install.sh --missing test    only prints what is missing
#
# Needs apt and root (or sudo without a password); without them it names what is missing and exits 1, and the tests that
# need it are skipped. A service that a package brings is not started: the tests start their own (eng/services.sh).
set -euo pipefail
cd "$(dirname "$0")"

only_list=false
[[ ${1:-} == --missing ]] && { only_list=true; shift; }
group=${1:?which group of eng/packages.txt}

missing_packages() {
    awk -v group="$group" '!/^#/ && $2 == group { print $1 }' packages.txt | while read -r package; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

mapfile -t missing < <(missing_packages)
(( ${#missing[@]} == 0 )) && exit 0
$only_list && { echo "${missing[*]}"; exit 0; }

as_root=()
if (( EUID != 0 )); then
    sudo -n true 2>/dev/null && as_root=(sudo -n) || { echo "not installed (no root): ${missing[*]}"; exit 1; }
fi
command -v apt-get >/dev/null || { echo "not installed (no apt): ${missing[*]}"; exit 1; }

# policy-rc.d is Debian's way to say that services are not to be started; one that is there already is left alone.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"; }

echo "installing: ${missing[*]}"
log=$(mktemp)
for attempt in 1 2 3; do
    if { apt update && apt install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then break; fi
    (( attempt == 3 )) || sleep 10   # another apt holds a lock that apt does not wait for, or a mirror hiccup
done
mapfile -t missing < <(missing_packages)
if (( ${#missing[@]} > 0 )); then
    tail -n 20 "$log"
    echo "not installed (apt failed): ${missing[*]}"
fi
rm -f "$log"
(( ${#missing[@]} == 0 ))
