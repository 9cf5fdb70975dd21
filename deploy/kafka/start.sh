#!/usr/bin/env bash
# start.sh [--foreground] DIR [PORT]
# Runs one Apache Kafka broker (KRaft, broker and controller in one) on 127.0.0.1 and prints its
# bootstrap address once it answers. Everything is kept in DIR: data, ports, settings, log, pid.
# Without PORT a free one is taken on first use; a restart in the same DIR has the same port and data.
# The broker runs in a session of its own; stop it with stop.sh DIR.
# --foreground: becomes the broker instead of starting it, and prints nothing.
# KAFKA_HEAP_OPTS (default -Xms128m -Xmx512m) sizes its heap.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/kafka/java.sh
. "$here/java.sh"
# shellcheck source=deploy/kafka/process.sh
. "$here/process.sh"

foreground=
if [ "${1-}" = --foreground ]; then
  foreground=yes
  shift
fi
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  printf 'usage: start.sh [--foreground] DIR [PORT]\n' >&2
  exit 2
fi
case ${2-1} in
  *[!0-9]* | '' | ??????*) wrong=yes ;;
  *) [ "${2-1}" -ge 1 ] && [ "${2-1}" -le 65535 ] && wrong= || wrong=yes ;;
esac
[ -z "$wrong" ] || { printf 'PORT is "%s"; allowed are 1 to 65535.\n' "$2" >&2; exit 2; }

mkdir -p "$1" 2>/dev/null && [ -w "$1" ] || die "The folder $1 can't be written: give another one, or yourself write access to it."
dir=$(cd "$1" && pwd)

# True when something listens on 127.0.0.1:$1.
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A free port below the range that systems hand to outgoing connections (Linux from 32768,
# others from 49152): one of those could be lent to somebody while the broker is down.
free_port() {
  local port
  for _ in {1..200}; do
    port=$((20000 + RANDOM % 12000))
    if [ "$port" != "${1-}" ] && ! taken "$port"; then
      printf '%s' "$port"
      return
    fi
  done
  die "No free port was found between 20000 and 32000 on 127.0.0.1."
}

# True when a Kafka broker answers on 127.0.0.1:$1: sends ApiVersions version 0 without a client
# id and waits up to two seconds for the first byte, a zero, of the answer's length.
answers() {
  (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf '\x00\x00\x00\x0a\x00\x12\x00\x00\x00\x00\x00\x01\xff\xff' >&3
    IFS= read -r -t 2 -d '' -u 3
  ) 2>/dev/null
}

if pid=$(broker_pid "$dir"); then
  read -r port _ <"$dir/ports"
  [ "${2-$port}" = "$port" ] || die "The broker of $dir already runs on port $port, not on $2: stop it first."
  [ -z "$foreground" ] || die "The broker of $dir already runs as process $pid: stop it first."
  printf '127.0.0.1:%s\n' "$port"
  exit 0
fi

"$here/fetch.sh"
need_java

port='' controller=''
[ ! -f "$dir/ports" ] || read -r port controller <"$dir/ports"
port=${2-${port:-$(free_port)}}
{ [ -n "$controller" ] && [ "$controller" != "$port" ]; } || controller=$(free_port "$port")
for one in "$port" "$controller"; do
  ! taken "$one" || die "Port $one on 127.0.0.1 is taken by another program: stop that program, or give another port."
done
printf '%s %s\n' "$port" "$controller" >"$dir/ports"

cat >"$dir/server.properties" <<EOF
process.roles=broker,controller
node.id=1
listeners=CLIENT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=CLIENT://127.0.0.1:$port
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$controller
log.dirs=$dir/data

# Topics are made by "rapport topics --create", never by accident.
auto.create.topics.enable=false
# Room for a hostile 10 MB record, which must reach us and end among the dead letters.
message.max.bytes=12582912
replica.fetch.max.bytes=12582912
# Nothing goes by age unless a topic says so.
log.retention.ms=-1

# One broker can hold one copy; few internal partitions and small buffers keep the start short.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
EOF

log=$dir/kafka.log
[ ! -f "$log" ] || mv -f "$log" "$log.1"
read -r -a heap <<<"${KAFKA_HEAP_OPTS:--Xms128m -Xmx512m}"
java=("$JAVA" -cp "$here/jars/*" -Dorg.slf4j.simpleLogger.showDateTime=true
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS')

# What stands in data without meta.properties, which the tool writes last, is half a format.
if [ ! -f "$dir/data/meta.properties" ]; then
  rm -rf "$dir/data"
  cluster=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
  "${java[@]}" kafka.tools.StorageTool format --cluster-id "r${cluster#?}" --config "$dir/server.properties" >"$log" 2>&1 ||
    die "Kafka could not format $dir/data: $(last_lines "$log")"
fi

run=("${java[@]}" "${heap[@]}" -Djava.awt.headless=true kafka.Kafka "$dir/server.properties")
if [ -n "$foreground" ]; then
  printf '%s\n' "$$" >"$dir/pid"
  exec "${run[@]}" >>"$log" 2>&1 </dev/null
fi
if command -v setsid >/dev/null 2>&1; then
  setsid "${run[@]}" >>"$log" 2>&1 </dev/null &
else
  set -m # without setsid: at least a process group of its own
  "${run[@]}" >>"$log" 2>&1 </dev/null &
  set +m
fi
pid=$!
disown
printf '%s\n' "$pid" >"$dir/pid"

for _ in {1..300}; do
  if answers "$port"; then
    printf '127.0.0.1:%s\n' "$port"
    exit 0
  fi
  kill -0 "$pid" 2>/dev/null || { rm -f "$dir/pid"; die "Kafka ended at once. The last lines of $log: $(last_lines "$log")"; }
  sleep 0.2
done
kill -KILL "$pid" 2>/dev/null || true
rm -f "$dir/pid"
die "Kafka did not answer on 127.0.0.1:$port within 60 s. The last lines of $log: $(last_lines "$log")"
