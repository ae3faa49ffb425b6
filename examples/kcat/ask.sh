#!/usr/bin/env bash
# Ask Guichet one question with kcat and wait for what becomes of it, knowing nothing but the contract.
#
#   eval "$(guichet env)" && guichet seed && examples/kcat/ask.sh
#
# Usage: ask.sh [ORGANISATION [LICENCE]]
# Environment: GUICHET_KAFKA (host:port), GUICHET_SOURCE (default urn:guichet:local),
# GUICHET_SOURCE_KEY (hex; with it the record is signed, which needs openssl), WAIT_S (default 30).
# Exit status: 0 answered, 1 refused, 2 wrong usage, 3 Kafka or Guichet does not answer.
set -euo pipefail

kafka=${GUICHET_KAFKA:-}
[[ -n $kafka ]] || { echo 'ask: GUICHET_KAFKA: is not set; run eval "$(guichet env)"' >&2; exit 2; }
source=${GUICHET_SOURCE:-urn:guichet:local}
organisation=${1:-1195000006}
licence=${2:-N000005229000}
deadline=$((SECONDS + ${WAIT_S:-30}))
since_ms=$((($(date +%s) - 60) * 1000)) # clocks differ: look from a little before the question

id=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen | tr '[:upper:]' '[:lower:]')
event=$(printf '{"specversion":"1.0","id":"%s","source":"%s","type":"guichet.inquiry.requested.v1","time":"%s","data":{"organisation":"%s","kind":"LICENCE_VALIDITY","items":[{"licence":"%s"}],"reference":"kcat example"}}' \
  "$id" "$source" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$organisation" "$licence")

headers=()
if [[ -n ${GUICHET_SOURCE_KEY:-} ]]; then
  signature=$(printf %s "$event" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$GUICHET_SOURCE_KEY" | sed 's/.* //')
  headers=(-H "guichet-signature=$signature")
fi

# acks=all and idempotence: kcat ends with 0 only once Kafka has acknowledged the record.
printf %s "$event" | kcat -P -q -b "$kafka" -t guichet.inquiries -k "$id" ${headers[@]+"${headers[@]}"} \
  -X acks=all -X enable.idempotence=true -X message.timeout.ms=10000 ||
  { echo "ask: $kafka did not take the inquiry" >&2; exit 3; }

# Read the outcomes to their end, again and again, until one is caused by our event.
until fact=$(kcat -C -q -e -b "$kafka" -t guichet.outcomes -o "s@$since_ms" -X isolation.level=read_committed |
  grep -F "\"causationid\":\"$id\""); do
  if ((SECONDS >= deadline)); then
    echo "ask: no answer to $id in time; see guichet dlq list and guichet status" >&2
    exit 3
  fi
done
echo "$fact"
[[ $fact == *'"guichet.inquiry.answered.v1"'* ]]
