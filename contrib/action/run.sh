#!/usr/bin/env bash
# Runs a plan and writes the step summary. The variables come from action.yml; the credentials and the journal from the
# environment of the step: https://docs.github.com/actions names GITHUB_STEP_SUMMARY and GITHUB_OUTPUT.
set -euo pipefail

if [[ "${ATLAS_MIGRATIONS_JOURNAL:-}" != postgres* ]]; then
    echo "::error::ATLAS_MIGRATIONS_JOURNAL must name a PostgreSQL database: this runner forgets a file, and with it what was sent"
    exit 2
fi

arguments=(run "$PLAN" --until "$UNTIL")
if [[ "$START" == true ]]; then
    arguments+=(--start)
fi
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
code=0
# What goes wrong is in the log and, if the run fails, in the summary.
{ "$COMMAND" "${arguments[@]}" 2>&1 >&3 | tee --ignore-interrupts "$errors" >&2; } 3>&1 || code=$?
echo "exit-code=$code" >>"$GITHUB_OUTPUT"

{
    echo "### Live migrations of \`$PLAN\`: exit code $code"
    echo
    echo '```text'
    # The state as the journal knows it. Its exit code repeats that of the run.
    "$COMMAND" status --offline || true
    if [[ $code != 0 ]]; then
        echo
        tail --lines=20 "$errors"
    fi
    echo '```'
} >>"$GITHUB_STEP_SUMMARY"

if [[ -n "$REPORT" ]]; then
    # If the run failed, its exit code says more than that of a report which cannot be written.
    "$COMMAND" report "$PLAN" --out "$REPORT" || [[ $code != 0 ]]
fi
exit "$code"
