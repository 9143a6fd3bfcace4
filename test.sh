#!/usr/bin/env bash
# Runs every test. On a fresh Debian machine with the .NET SDK this is all that is needed:
#
#   ./test.sh                  installs what the tests use and is missing, builds, starts services, runs all, stops them
#   ./test.sh NAME...          only the test projects whose name contains one of NAMEs
#   ./test.sh --no-install     installs nothing;    --no-services   starts nothing
#
# Services run on free ports with data folders of their own (eng/services.sh) and are stopped by id at the end, also
# after a signal. Without root or apt, what needs a service is skipped, and the run says what and why. Results of each
# project lie in artifacts/test-results/. The last line is `N passed, N failed, N skipped`; exit 0 when nothing failed.
set -uo pipefail
cd "$(dirname "$0")"
source eng/services.sh

install=true services=true names=()
for argument; do
    case $argument in
        --no-install) install=false ;;
        --no-services) services=false ;;
        -h|--help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) echo "unknown option $argument; see ./test.sh --help" >&2; exit 2 ;;
        *) names+=("$argument") ;;
    esac
done

project_minutes_max=10       # a test project that takes longer hangs: it is ended and counts as failed
results=artifacts/test-results
passed=0 failed=0 skipped=0
child=

# Whatever is running is in a session of its own and is ended with all that it started.
end_child() { [[ -z $child ]] || kill -"${1:-TERM}" -- "-$child" 2>/dev/null; child=; }
finish() { end_child KILL; stop_services; }
trap finish EXIT
trap 'echo "interrupted"; exit 143' INT TERM HUP

# run COMMAND...: in a session of its own, waited for so that a signal is handled at once.
run() {
    setsid "$@" </dev/null &
    child=$!
    wait "$child"
    local code=$?
    end_child KILL   # what it left behind
    return $code
}

step() { printf '\n== %s (%ds)\n' "$*" "$SECONDS"; }

# run_project PROJECT: runs its executable and adds its counts; one that gives none has crashed and counts as one failure.
run_project() {
    local name report started=$SECONDS code counts
    name=$(basename "$1" .csproj)
    report=$PWD/$results/$name.xml
    step "$name"
    run timeout --kill-after=10 "${project_minutes_max}m" "$(dirname "$1")/bin/Release/net10.0/$name" \
        --results-directory "$PWD/$results" --report-xunit --report-xunit-filename "$name.xml" --no-progress --no-ansi
    code=$?
    if counts=$(count "$report"); then
        read -r p f s <<<"$counts"
        (( code == 0 || f > 0 )) || f=1   # every test passed, yet the run did not: a crash on the way out
    else
        p=0 f=1 s=0
    fi
    (( code != 124 )) || echo "$name was ended after $project_minutes_max minutes"
    (( passed += p, failed += f, skipped += s ))
    printf '%s: %d passed, %d failed, %d skipped in %d s\n' "$name" "$p" "$f" "$s" $(( SECONDS - started ))
}

# count REPORT: passed, failed (errors outside tests too) and skipped of an xunit report.
count() {
    [[ -s $1 ]] || return 1
    grep -o '<assembly [^>]*' "$1" | awk '
        function number(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
        { passed += number("passed"); failed += number("failed") + number("errors"); skipped += number("skipped") }
        END { print passed + 0, failed + 0, skipped + 0 }'
}

wanted() {
    (( ${#names[@]} == 0 )) && return 0
    local name
    for name in "${names[@]}"; do [[ $(basename "$1") == *"$name"* ]] && return 0; done
    return 1
}

command -v dotnet >/dev/null || { echo "the .NET SDK of global.json is needed: https://dot.net/download"; exit 1; }
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if $install; then
    step "packages"
    run eng/install.sh test || echo "goes on without them; what needs them is skipped"
fi

step "build"
run dotnet build Braid.slnx -c Release -v quiet --disable-build-servers || { failed=1; echo "the build failed"; }

if (( failed == 0 )); then
    rm -rf "$results"; mkdir -p "$results"
    if $services; then
        step "services"
        start_services
    fi
    for project in $(grep -l '"xunit.v3"' tests/*/*.csproj); do
        wanted "$project" && run_project "$project"
    done
fi

step "done"
grep -h -o '<reason>.*</reason>' $results/*.xml 2>/dev/null | sed -E 's|<reason>(<!\[CDATA\[)?||; s|(\]\]>)?</reason>||' | sort | uniq -c |
    sed -E 's/^ *([0-9]+) /skipped \1: /'
echo "$passed passed, $failed failed, $skipped skipped"
(( failed == 0 && passed > 0 ))
