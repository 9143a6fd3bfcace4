#!/usr/bin/env bash
# The services that tests talk to, each with a free port of 127.0.0.1 and a data folder of its own, gone at the end.
#
#   eng/services.sh [redis] [rabbitmq] [postgres] -- COMMAND...   runs COMMAND with the services named (none: all) and their
#                                                                 variables, then stops them; its exit code is COMMAND's
#   source eng/services.sh; start_services [NAME...]; ... ; stop_services          the same for a script
#
# What a test reads. A variable that is not set means: skip, and say that the service is not there.
#   BRAID_TEST_REDIS                redis://127.0.0.1:PORT                      no password, nothing kept on disk
#   BRAID_TEST_RABBITMQ             amqp://guest:guest@127.0.0.1:PORT           virtual host /
#   BRAID_TEST_RABBITMQ_MANAGEMENT  http://guest:guest@127.0.0.1:PORT           its HTTP API
#   BRAID_TEST_POSTGRES             postgresql://braid@127.0.0.1:PORT/braid     a superuser, no password
# A variable that is set already is left as it is and its service is not started: point it at your own.

services_folder=
services_pids=()

start_services() {
    local name
    services_folder=$(mktemp -d "${TMPDIR:-/tmp}/braid-services.XXXXXX")
    chmod 711 "$services_folder"   # PostgreSQL runs as its own user and passes through
    (( $# > 0 )) || set -- redis rabbitmq postgres
    for name; do "start_$name"; done
    for name; do "await_$name"; done
}

# By id, each with all that it started: asked first, forced after three seconds, for their data is thrown away anyway.
stop_services() {
    local pid deadline=$(( SECONDS + 3 ))
    (( ${#services_pids[@]} == 0 )) || kill -TERM "${services_pids[@]}" 2>/dev/null
    for pid in "${services_pids[@]}"; do
        while kill -0 "$pid" 2>/dev/null && (( SECONDS < deadline )); do sleep 0.1; done
        kill -KILL -- "-$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    services_pids=()
    [[ -z $services_folder ]] || rm -rf "$services_folder"
    services_folder=
}

start_redis() {
    [[ -z ${BRAID_TEST_REDIS:-} ]] || return 0
    command -v redis-server >/dev/null || { services_say "redis: not installed"; return 0; }
    local port; port=$(services_free_port)
    services_run redis redis-server --bind 127.0.0.1 --port "$port" --dir "$services_folder/redis" --save '' --appendonly no
    export BRAID_TEST_REDIS=redis://127.0.0.1:$port
}

await_redis() { services_await redis BRAID_TEST_REDIS 20; }

start_rabbitmq() {
    [[ -z ${BRAID_TEST_RABBITMQ:-} ]] || return 0
    # Debian's wrapper in /usr/sbin changes the user; the server itself runs as whoever starts it.
    local server=/usr/lib/rabbitmq/bin/rabbitmq-server
    [[ -x $server ]] || { services_say "rabbitmq: not installed"; return 0; }
    local port management folder=$services_folder/rabbitmq
    port=$(services_free_port) management=$(services_free_port)
    mkdir -p "$folder"
    echo '[rabbitmq_management].' > "$folder/enabled_plugins"
    cat > "$folder/rabbitmq.conf" <<-CONF
		listeners.tcp.default = 127.0.0.1:$port
		management.tcp.ip = 127.0.0.1
		management.tcp.port = $management
		vm_memory_high_watermark.absolute = 2GB
		disk_free_limit.absolute = 50MB
		log.console.level = warning
	CONF
    # Erlang's port mapper would outlive the server as a daemon; started here first, it is found and has an id to be ended by.
    export ERL_EPMD_PORT; ERL_EPMD_PORT=$(services_free_port)
    services_run epmd epmd -address 127.0.0.1
    # The super carrier: Erlang takes its memory once and keeps it. As it comes, it gives memory back and takes it again seven times a
    # message, which on a machine where the first touch of a page is dear is most of what a message costs.
    services_run rabbitmq env HOME="$folder" RABBITMQ_NODENAME="braid-test-$$@localhost" RABBITMQ_DIST_PORT="$(services_free_port)" \
        RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins" \
        RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_MNESIA_BASE="$folder/data" RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_LOGS=- \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none +MMscs 1024" "$server"
    export BRAID_TEST_RABBITMQ=amqp://guest:guest@127.0.0.1:$port
    export BRAID_TEST_RABBITMQ_MANAGEMENT=http://guest:guest@127.0.0.1:$management
}

await_rabbitmq() {
    services_await rabbitmq BRAID_TEST_RABBITMQ 90
    services_await rabbitmq BRAID_TEST_RABBITMQ_MANAGEMENT 90
}

start_postgres() {
    [[ -z ${BRAID_TEST_POSTGRES:-} ]] || return 0
    local bin; bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [[ -n $bin ]] || { services_say "postgres: not installed"; return 0; }
    local port folder=$services_folder/postgres as=()
    port=$(services_free_port)
    mkdir -p "$folder"
    if (( EUID == 0 )); then   # the server refuses to run as root
        chown postgres "$folder"
        as=(setpriv --reuid=postgres --regid=postgres --init-groups)
    fi
    # Set up and running in one go, so that the other services start meanwhile.
    # shellcheck disable=SC2016
    services_run postgres "${as[@]}" env --chdir="$folder" bash -c '
        "$1/initdb" -D data -U braid -A trust -E UTF8 --no-locale --no-sync &&
        { echo "CREATE DATABASE braid;" | "$1/postgres" --single -F -D data postgres; } &&
        exec "$1/postgres" -D data -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200
        ' braid "$bin" "$port"
    export BRAID_TEST_POSTGRES=postgresql://braid@127.0.0.1:$port/braid
}

await_postgres() { services_await postgres BRAID_TEST_POSTGRES 60; }

# services_run NAME COMMAND...: in the background, in a session of its own, its output in a log, its id kept.
services_run() {
    local name=$1; shift
    mkdir -p "$services_folder/$name"
    setsid "$@" >"$services_folder/$name.log" 2>&1 </dev/null &
    services_pids+=($!)
    printf -v "services_pid_$name" %s "$!"
}

# services_await NAME VARIABLE SECONDS: until the port in the URL of VARIABLE takes a connection. A service that does not come up
# loses its variable, so that its tests are skipped with that reason, and its log is shown.
services_await() {
    local name=$1 variable=$2 deadline=$(( SECONDS + $3 )) pid_variable=services_pid_$1 port
    [[ -n ${!variable:-} && -n ${!pid_variable:-} ]] || return 0
    port=$(sed -E 's|.*:([0-9]+)(/.*)?$|\1|' <<<"${!variable}")
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        if ! kill -0 "${!pid_variable}" 2>/dev/null || (( SECONDS > deadline )); then
            services_say "$name: did not start; the end of its log:"
            tail -n 15 "$services_folder/$name.log" >&2
            unset "$variable"
            return 0
        fi
        sleep 0.1
    done
    services_say "$name: ${!variable}"
}

# A port that nothing listens on, below the range that the system hands out to clients.
services_free_port() {
    local port
    while :; do
        port=$(( 10000 + (RANDOM * 32768 + RANDOM) % 20000 ))
        grep -qi ":$(printf %04X "$port") " /proc/net/tcp /proc/net/tcp6 || { echo "$port"; return; }
    done
}

services_say() { echo "services: $*" >&2; }

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -uo pipefail
    names=()
    while (( $# > 0 )) && [[ $1 != -- ]]; do names+=("$1"); shift; done
    if (( $# < 2 )); then sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; fi
    shift
    # In the background and waited for, so that a signal is handled at once and handed on.
    trap stop_services EXIT
    trap 'kill -TERM "${command_pid:-}" 2>/dev/null; exit 143' INT TERM HUP
    start_services "${names[@]}"
    "$@" <&0 &
    command_pid=$!
    wait "$command_pid"
fi
