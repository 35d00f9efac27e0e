# SPDX-License-Identifier: ISC
# Time limits and waiting for an event, for tests and the demo (bash): source it.
#
# A limit ends what hangs; it never decides a test. tests/run measures how slow the machine is at the moment and says it in
# TEST_PATIENCE, a factor of at least 1.

# patience SECONDS: the limit to use for what takes far less than that on a machine that has nothing else to do.
patience()
{
	echo $(($1 * ${TEST_PATIENCE:-1}))
}

# wait_until COMMAND...: until the command succeeds. False when it still fails after a minute, times TEST_PATIENCE.
wait_until()
{
	local end=$((SECONDS + $(patience 60)))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}
