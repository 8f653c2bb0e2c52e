#!/bin/sh
# The next hours in New York, with curl: sh examples/forecast.sh
url=${STATIONCAST_URL:-http://127.0.0.1:8000}
station=$(curl -sSf "$url/v1/stations?q=new+york&limit=1&format=csv" | sed -n 2p | cut -d, -f1)
: "${station:?not found}"
curl -sSf "$url/v1/stations/$station/forecast?parameters=temperature&hours=6&tz=station&format=csv" |
  tail -n +2 |
  while IFS=, read -r _ time _ unit p10 p50 p90 _; do
    echo "$time $p50 $unit ($p10 to $p90)"
  done
