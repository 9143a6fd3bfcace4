#!/usr/bin/env bash
# The same no-op tasks on Celery (Debian's, prefork with 2 processes) and on Braid.Celery (2 slots), on the same brokers, one after the
# other in turns, the median of ROUNDS (0: not); then the memory of one Braid worker over MEMORY tasks (0: not). Writes Markdown tables to
# standard output, and what has both brokers and at least two rounds, or a million tasks, to docs/benchmarks.md.
#
#   bench/celery/run.sh [--count 10000] [--rounds 3] [--memory 1000000] [--brokers "redis rabbitmq"]
#
# Uses BRAID_TEST_REDIS and BRAID_TEST_RABBITMQ where they are set, else starts both by eng/services.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
[[ ${1:-} != -h && ${1:-} != --help ]] || { sed -n '2,8p' "$0"; exit; }
if [[ -z ${BRAID_TEST_REDIS:-} || -z ${BRAID_TEST_RABBITMQ:-} ]]; then
    exec eng/services.sh redis rabbitmq -- "$0" "$@"
fi
dotnet build -c Release -v quiet bench/celery/Braid.CeleryBench >&2
exec /usr/bin/python3 bench/celery/compare.py "$@"
