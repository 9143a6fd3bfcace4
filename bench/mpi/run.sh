#!/usr/bin/env bash
# The same works in C, C# (Braid.Mpi) and mpi4py on Open MPI and on MPICH, and in C# on the embedded runtime: two ranks, one program after the
# other in turns, so that a slow minute of the machine falls on all. C and C# have the works on megabytes on each other's allocators too, and
# those on small messages with each other's thread level. Writes the table into docs/benchmarks.md.
#
#   bench/mpi/run.sh [--rounds 20] [--keep FILE]     FILE gets every figure: program, work, bytes, µs of the middle and the shortest batch
#
# Debian's mpi4py is built for Open MPI alone, so it has no column under MPICH. Installs what eng/packages.txt names for
# `test` and is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=20 keep=
while (( $# )); do
    case $1 in
        --rounds) rounds=$2; shift 2 ;;
        --keep) keep=$(realpath "$2"); shift 2 ;;
        *) sed -n '2,9p' "$0"; exit 2 ;;
    esac
done
eng/install.sh test

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for mpi in openmpi mpich; do mpicc.$mpi -O2 bench/mpi/bench.c -o "$work/bench.$mpi"; done
dotnet build -c Release -v quiet --disable-build-servers bench/mpi/Braid.MpiBench >&2
dotnet build -c Release -v quiet --disable-build-servers src/Braid.Mpi.Cli >&2
csharp=(dotnet bench/mpi/Braid.MpiBench/bin/Release/net10.0/Braid.MpiBench.dll)
launcher=(dotnet src/Braid.Mpi.Cli/bin/Release/net10.0/braid-mpi.dll)
figures=${keep:-$work/figures.tsv}
: >"$figures"

openmpi=(mpirun.openmpi --allow-run-as-root --bind-to none -n 2)
mpich=(mpirun.mpich -n 2)
embedded=("${launcher[@]}" run -n 2 --)

# one LABEL COMMAND...: appends its figures; a program that hangs or fails is an error of the whole run.
one() {
    local label=$1
    shift
    timeout 120 "$@" </dev/null | tr -d '\r' | awk -v label="$label" -F'\t' 'NF == 4 { print label "\t" $0 }' >>"$figures"
}

for (( round = 1; round <= rounds; round++ )); do
    echo "round $round of $rounds" >&2
    for library in "Open MPI" MPICH; do
        if [[ $library == MPICH ]]; then launch=("${mpich[@]}") c=$work/bench.mpich; else launch=("${openmpi[@]}") c=$work/bench.openmpi; fi
        one "$library/C" "${launch[@]}" "$c"
        one "$library/C#" "${launch[@]}" "${csharp[@]}"
        one "$library/C# malloc" "${launch[@]}" "${csharp[@]}" malloc
        one "$library/C# single" "${launch[@]}" "${csharp[@]}" single
        one "$library/C threads" "${launch[@]}" "$c" threads
        one "$library/C huge" "${launch[@]}" "$c" huge
        one "$library/C# MpiBuffer" "${launch[@]}" "${csharp[@]}" huge
        [[ $library == MPICH ]] || one "$library/mpi4py" "${launch[@]}" /usr/bin/python3 bench/mpi/bench.py
    done
    one "embedded/C#" "${embedded[@]}" "${csharp[@]}"
    one "embedded/C# MpiBuffer" "${embedded[@]}" "${csharp[@]}" huge
done
/usr/bin/python3 bench/mpi/table.py "$figures" docs/benchmarks.md
