#!/bin/sh
# Training where a command may last some minutes only.
#   limited.sh start RUN OPTION...     train in the background, with the options of training.train
#   limited.sh wait RUN SECONDS OUT    wait until the run has ended or so long, then copy log, newest bundle and evaluation
#   limited.sh pause RUN               leave the device to other work; returns when the run has
#   limited.sh go-on RUN               until this
set -eu
action=$1 run=$2
shift 2
case $action in
start)
    mkdir -p "$run"
    PYTHONUNBUFFERED=1 setsid nohup python3 -m training.train --out "$run" "$@" >"$run/output" 2>&1 </dev/null &
    echo $! >"$run/pid"
    ;;
wait)
    end=$(($(date +%s) + $1))
    while [ "$(date +%s)" -lt "$end" ] && kill -0 "$(cat "$run/pid")" 2>/dev/null; do sleep 1; done
    bundle=$(ls -t "$run"/final*/bundle.json "$run"/snapshot-*/bundle.json 2>/dev/null | head -n 1)
    if [ -n "$bundle" ]; then cp "${bundle%/*}"/* "$2"; fi
    for file in output log.jsonl evaluation.json; do
        if [ -f "$run/$file" ]; then cp "$run/$file" "$2"; fi
    done
    grep -v '^settings' "$run/output" | tail -n 60 | cut -c 1-1500
    echo "newest bundle: ${bundle:-none}"
    if kill -0 "$(cat "$run/pid")" 2>/dev/null; then echo running; else echo ended; fi
    ;;
pause)
    kill -USR1 "$(cat "$run/pid")"
    for _ in $(seq 300); do [ -f "$run/held" ] && exit; sleep 0.1; done
    echo "the run does not pause"
    exit 1
    ;;
go-on)
    kill -USR2 "$(cat "$run/pid")"
    ;;
esac
