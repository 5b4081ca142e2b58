#!/usr/bin/env bash
# healing_test.sh PROBE FAKE_OPENBLAS: restarts at most once, keeps the arguments, respects the user's own choice.
set -euo pipefail
probe=$1 fake=$2
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
unset OPENBLAS_CORETYPE LONGTAIL_RESTARTED LONGTAIL_BLAS_HEALED_FROM GOMP_SPINCOUNT OMP_WAIT_POLICY

# Whatever BLAS this machine has: no crash, arguments kept.
output=$("$probe" "two words" "" 'q"uote')
echo "$output"
[[ $output == *$'\nargument=two words\nargument=\nargument=q"uote' ]] || fail "arguments changed"
[[ $output == *spins=3000* ]] || fail "threads of OpenMP still spin for long"

output=$(OMP_WAIT_POLICY=ACTIVE "$probe")
[[ $output == *$'spins=\n'* ]] || fail "the user's own OMP_WAIT_POLICY was overruled"

grep -qw avx2 /proc/cpuinfo || exit 0  # nothing to heal to

output=$(LD_PRELOAD=$fake "$probe" "two words" "" 'q"uote')
echo "$output"
[[ $output == "openblas=1 core="@(SkylakeX|Haswell)" advice="$'\n'* ]] || fail "not healed"
[[ $output == *$'\nargument=two words\nargument=\nargument=q"uote' ]] || fail "arguments changed by the restart"
[[ $output == *"note=OpenBLAS took this CPU for Prescott; restarted with OPENBLAS_CORETYPE="* ]] || fail "no note"

output=$(LD_PRELOAD=$fake OPENBLAS_CORETYPE=Nehalem "$probe")
echo "$output"
[[ $output == *core=Nehalem* ]] || fail "the user's own OPENBLAS_CORETYPE was replaced"
[[ $output == *"OPENBLAS_CORETYPE=Nehalem in the environment holds OpenBLAS below this CPU"* ]] || fail "no advice"

output=$(LD_PRELOAD=$fake LONGTAIL_RESTARTED=1 "$probe")
[[ $output == *core=Prescott* ]] || fail "a second restart"
