#!/usr/bin/env bash
# Copies the jars of one Apache Kafka broker (pom.xml) into jars/ beside this script.
# Does nothing when they are there already. jars/.complete is written last and names the
# pom.xml it belongs to, so half a fetch, or one of another version, never counts as done.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/kafka/java.sh
. "$here/java.sh"

jars=$here/jars
wanted=$(cksum <"$here/pom.xml")
complete() { [ "$(cat "$jars/.complete" 2>/dev/null)" = "$wanted" ]; }

complete && exit 0
need_java
command -v mvn >/dev/null 2>&1 ||
  die "Fetching Apache Kafka needs Maven, and \"mvn\" was not found: install Maven 3 and try again."
mkdir -p "$jars" 2>/dev/null && [ -w "$jars" ] || die "The folder $jars can't be written: give yourself write access to it."

fresh=$(mktemp -d "$jars/.fetching.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
printf 'Fetching Apache Kafka (about 45 MB) …\n' >&2
mvn --quiet --batch-mode -Dstyle.color=never --file "$here/pom.xml" \
  dependency:copy-dependencies "-DoutputDirectory=$fresh" -DincludeScope=runtime >"$fresh/maven.log" 2>&1 ||
  die "Maven could not fetch Apache Kafka: $(grep -m 1 ERROR "$fresh/maven.log" || tail -n 1 "$fresh/maven.log")"
ls "$fresh"/kafka_2.13-*.jar >/dev/null 2>&1 || die "Maven ended well but fetched no kafka_2.13 jar: check pom.xml in $here."

complete && exit 0 # another fetch was quicker; its jars may be in use
rm -f "$jars/.complete" "$jars"/*.jar
mv "$fresh"/*.jar "$jars"
printf '%s\n' "$wanted" >"$fresh/complete"
mv "$fresh/complete" "$jars/.complete"
