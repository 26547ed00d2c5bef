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
code=0
"$COMMAND" "${arguments[@]}" || code=$?
echo "exit-code=$code" >>"$GITHUB_OUTPUT"

{
    echo "### Live migrations of \`$PLAN\`: exit code $code"
    echo
    echo '```text'
    # The state as the journal knows it. Its exit code repeats that of the run.
    "$COMMAND" status --offline || true
    echo '```'
} >>"$GITHUB_STEP_SUMMARY"

if [[ -n "$REPORT" ]]; then
    "$COMMAND" report "$PLAN" --out "$REPORT"
fi
exit "$code"
