# Sourced by fetch.sh and start.sh: finds a Java that can run the broker.
# Sets JAVA, or ends the script with one sentence.

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

need_java() {
  local version
  JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java
  command -v "$JAVA" >/dev/null 2>&1 ||
    die "Apache Kafka needs Java 17 or newer, and \"$JAVA\" was not found: install a JRE 17 and try again."
  version=$("$JAVA" -version 2>&1 | sed -n 's/.* version "\([0-9][0-9]*\).*/\1/p' | head -n 1)
  [ "${version:-0}" -ge 17 ] ||
    die "Apache Kafka needs Java 17 or newer, and \"$JAVA\" is version ${version:-unknown}: install a JRE 17 or set JAVA_HOME."
}
