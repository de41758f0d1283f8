#!/usr/bin/env bash
# Kills `relu-lab sweep` and `figures reproduce --quick` with SIGKILL at random moments, resumes them, and compares the final
# files with those of an undisturbed run.
#
#   scripts/kill.sh [KILLS]      each of the two is killed KILLS times (default 10)
#   PROGRAMS=sweep scripts/kill.sh 100      only one of them
#
# Builds nothing: RELU_LAB and FIGURES name the programs (default: target/debug). SEED makes the moments repeatable.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
kills=${1:-10}
relu_lab=${RELU_LAB:-$PWD/target/debug/relu-lab}
figures=$(realpath "${FIGURES:-target/debug/figures}")
programs=${PROGRAMS:-sweep reproduce}
RANDOM=${SEED:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/sweep.toml" <<'TOML'
replicates = 10
seed = 3
neurons = [2, 3, 4]
noise = [0.0, 0.1, 0.2, 0.4]
start = [{ law = "symmetric", x0 = 0.2, y0 = 0.1 }, { law = "xavier" }]
rule = [{ method = "gd", step = 0.5, steps = 500 }, { method = "adaptive", time = 200.0 }]
stop_gradient = 1e-7
TOML

sweep() { exec "$relu_lab" sweep "$work/sweep.toml" -o "$1" --quiet; }
reproduce() { exec "$figures" reproduce --quick --out "$1"; }

# Running times differ from run to run: they are no part of what is compared.
without_times() {
    find "$1" -name .seconds.json -delete
    find "$1" -name '*.json' -exec sed -i -E 's/("[^"]*seconds[^"]*": *)[0-9.e-]+/\1TIME/g' {} +
    find "$1" -name '*.html' -exec sed -i -E 's/[0-9.]+ (ms|s|min)\b/TIME/g; s/(seconds[^<]*<\/dt><dd[^>]*>)[0-9.e-]+/\1TIME/g' {} +
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# Starts program $1 with folder $2 and kills it after a moment drawn from [0, $3) ms. Says whether it was still running.
disturb() {
    ("$1" "$2") >/dev/null 2>&1 &
    local child=$!
    sleep "$(awk -v m=$((RANDOM % ($3 + 1))) 'BEGIN { print m / 1000 }')"
    if kill -9 "$child" 2>/dev/null; then echo killed; fi
    wait "$child" 2>/dev/null || true
}

for program in $programs; do
    start=$(milliseconds)
    ("$program" "$work/whole") >/dev/null 2>&1 || { echo "$program fails undisturbed" >&2; exit 1; }
    whole=$(($(milliseconds) - start))
    done_kills=0
    folders=0
    while ((done_kills < kills)); do
        folder=$work/killed
        rm -rf "$folder"
        # A few kills a folder, so that early and late moments of a run are both met.
        for _ in 1 2 3 4 5; do
            ((done_kills < kills)) || break
            # A start that is over before its moment counts for nothing; a third of the whole keeps most alive.
            if [[ $(disturb "$program" "$folder" $((whole / 3 + 20))) == killed ]]; then
                done_kills=$((done_kills + 1))
            else
                break
            fi
        done
        ("$program" "$folder") >/dev/null 2>&1 || { echo "$program does not resume" >&2; exit 1; }
        without_times "$work/whole"
        without_times "$folder"
        diff -r "$work/whole" "$folder" || { echo "$program: files differ after $done_kills kills" >&2; exit 1; }
        folders=$((folders + 1))
    done
    echo "$program: $done_kills kills in $folders folders, undisturbed run of $whole ms; all final files equal"
    rm -rf "$work/whole" "$work/killed"
done
