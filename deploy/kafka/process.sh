# Sourced by start.sh and stop.sh: which process is the broker of a folder.

# Prints the process id of the broker that runs in folder $1, or fails. A pid file that a crash
# left behind may name a stranger by now, so the process must have our settings file as argument.
broker_pid() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null) && [ -n "$pid" ] || return 1
  case $(ps -o args= -ww -p "$pid" 2>/dev/null) in
    *"kafka.Kafka $1/server.properties"*) printf '%s' "$pid" ;;
    *) return 1 ;;
  esac
}

last_lines() {
  tail -n 5 "$1" 2>/dev/null
}
