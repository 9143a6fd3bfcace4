#!/usr/bin/env bash
# The same no-op tasks on Celery (Debian's, prefork with 2 processes) and on Braid.Celery (2 slots), on the same brokers, one after the
# other in turns; the median of ROUNDS. Writes a Markdown table to standard output and, where both brokers took part, to docs/benchmarks.md.
#
#   bench/celery/run.sh [--count 10000] [--rounds 3] [--brokers "redis rabbitmq"]
#
# Uses BRAID_TEST_REDIS and BRAID_TEST_RABBITMQ where they are set, else starts both by eng/services.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
count=10000 rounds=3 brokers="redis rabbitmq"
while (( $# )); do
    case $1 in
        --count) count=$2; shift 2 ;;
        --rounds) rounds=$2; shift 2 ;;
        --brokers) brokers=$2; shift 2 ;;
        *) sed -n '2,8p' "$0"; exit 2 ;;
    esac
done
if [[ -z ${BRAID_TEST_REDIS:-} || -z ${BRAID_TEST_RABBITMQ:-} ]]; then
    exec eng/services.sh redis rabbitmq -- "$0" --count "$count" --rounds "$rounds" --brokers "$brokers"
fi
dotnet build -c Release -v quiet bench/celery/Braid.CeleryBench >&2
exec /usr/bin/python3 bench/celery/compare.py "$count" "$rounds" $brokers
