#!/usr/bin/env bash
# The same works in Python's multiprocessing, concurrent.futures and dask.distributed and in Braid, side by side.
#
#   bench/peers/run.sh [--runs 5] [--workers 2] [--keep] [WORK...]     WORK: see plan() below; none: all
#
# Installs Debian's python3-dask, python3-distributed and python3-numpy where they are missing, and builds Braid in Release. Each
# measurement is a process of its own, at most three minutes long. A run goes through all systems of all works, then the next run
# begins, so that a slow minute of the machine falls on all. Medians, ratios, machine and versions go to docs/benchmarks.md; every single
# figure to artifacts/peers/results.jsonl. --keep adds to the figures that are there instead of starting afresh.
set -euo pipefail
cd "$(dirname "$0")/../.."

runs=5 workers=2 keep=false wanted=()
while (( $# > 0 )); do
    case $1 in
        --runs) runs=$2; shift 2 ;;
        --workers) workers=$2; shift 2 ;;
        --keep) keep=true; shift ;;
        -h|--help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) echo "unknown option $1; see --help" >&2; exit 2 ;;
        *) wanted+=("$1"); shift ;;
    esac
done

# WORK SCRIPT SYSTEM [COUNT]: where a count is given, the work is too long for the system, and the table scales its time up.
plan() {
    cat <<-PLAN
		noop noop multiprocessing
		noop noop futures 10000
		noop noop dask 2000
		noop noop braid
		roundtrip roundtrip multiprocessing
		roundtrip roundtrip futures
		roundtrip roundtrip dask 200
		roundtrip roundtrip braid
		map map multiprocessing
		map map futures
		map map braid
		bigarray bigarray multiprocessing
		bigarray bigarray dask
		bigarray bigarray braid
		bigarray-memory bigarray write
		bigarray-memory bigarray braid-memory
		chain chain dask 2000
		chain chain braid
		start start multiprocessing
		start start futures
		start start dask
		start start braid
		million million braid
		references references dask
		references references braid
		inprocess noop threads 100000
		inprocess noop braid-inprocess 1000000
		inprocess-roundtrip roundtrip threads
		inprocess-roundtrip roundtrip braid-inprocess
		actor actor dask 500
		actor actor braid
		actorcalls actorcalls dask 2000
		actorcalls actorcalls braid
		lock lock multiprocessing 2000
		lock lock dask 200
		lock lock braid
		queue queue_between multiprocessing
		queue queue_between manager 5000
		queue queue_between dask 500
		queue queue braid
		recovery recovery braid
		sleeps sleeps multiprocessing
		sleeps sleeps futures
		sleeps sleeps dask
		sleeps sleeps braid
		wordcount wordcount multiprocessing
		wordcount wordcount braid
	PLAN
}

is_wanted() { (( ${#wanted[@]} == 0 )) || [[ " ${wanted[*]} " == *" $1 "* ]]; }

eng/install.sh peers
dotnet build bench/peers/Braid.Peers -c Release -v quiet --nologo
braid=bench/peers/Braid.Peers/bin/Release/net10.0/Braid.Peers

out=artifacts/peers
mkdir -p "$out"
$keep || : > "$out/results.jsonl"
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
find "$dotnet"/packs/*/*/ref -name '*.xml' | sort > "$out/corpus.txt"

for (( run = 1; run <= runs; run++ )); do
    plan | while read -r work script system count; do
        is_wanted "$work" || continue
        case $system in
            braid*|write) command=("$braid" "$script") ;;
            *) command=(/usr/bin/python3 "bench/peers/python/$script.py") ;;
        esac
        line=$(timeout --kill-after=5 180 "${command[@]}" "$system" --workers "$workers" ${count:+--count "$count"} \
            < "$out/corpus.txt" 2>"$out/errors.txt" | tail -n 1) || line=
        [[ $line == {* ]] || { echo "$work $system failed:"; tail -n 5 "$out/errors.txt"; line='{"seconds": null}'; }
        printf 'run %d  %-20s %-16s %s\n' "$run" "$work" "$system" "$line"
        echo "{\"work\": \"$work\", \"system\": \"$system\", \"workers\": $workers, ${line#\{}" >> "$out/results.jsonl"
    done
done

/usr/bin/python3 bench/peers/python/table.py "$out/results.jsonl" docs/benchmarks.md
