#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude status: it agrees with the kernel, and says what to do where something is missing.

. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
try=$B/tests/tools/prog_try
fake=$B/tests/kernels/prog_fake_kernel

# query FILTER [COMMAND...]: what it says of the JSON form, on the kernel that COMMAND makes believe.
query()
{
	local filter=$1
	shift
	"$@" "$preclude" status --json | jq -rc "$filter"
}

# The rows of rights.def that the kernel takes, found without preclude: "7 EXECUTE WRITE_FILE …" in the table's order.
kernel_says()
{
	local said
	said=$("$@" "$try" landlock) || { echo 0; return; }
	{
		tr ' ' '\n' <<<"$said"
		sed -n 's/^RIGHT(\([A-Z]*\), \([0-9]*\), \([A-Z_]*\), .*/\1 \2 \3/p' "$top/sandbox/rights.def"
	} | awk 'NF == 1 && /:/ { offered[$1] = 1; next }
		NF == 1 { printf "%s", $1; next }
		offered[tolower($1) ":" $2] { printf " %s", $3 }
		END { print "" }'
}

preclude_says()
{
	query '[.abi, (.rights[] | select(.offered) | .name)] | map(tostring) | join(" ")' "$@"
}

this_kernel()
{
	local abi

	"$preclude" status >"$scratch/text"
	is "exit status" $? 0
	is "abi and rights are the kernel's" "$(preclude_says)" "$(kernel_says)"
	is "one JSON object" "$(query 'type + " " + (.v | tostring)')" "object 1"
	abi=$(query .abi)
	is "every row of the table is there" "$(query '.rights | length')" "$(grep -c '^RIGHT(' "$top/sandbox/rights.def")"
	is "the kernel" "$(query .kernel)" "$(uname -r)"
	if [ "$abi" -ge 5 ]; then
		is "full where the kernel has it all" "$(query '[.status, .missing, .needs]')" '["full",[],null]'
		ok "in words too" grep -q '^status  *full' "$scratch/text"
	fi
	ok "the version in words" grep -q "^landlock  *ABI $abi (Linux" "$scratch/text"
	ok "no line is too long" test "$(awk 'length > 96' "$scratch/text" | wc -l)" -eq 0
	is "no argument" "$("$preclude" status now 2>&1; echo $?)" "preclude: refused: now: status takes no arguments; see preclude(1)
125"
	is "a full disk is no success" "$("$preclude" status 2>&1 >/dev/full; echo $?)" \
		"preclude: refused: standard output: No space left on device; see preclude(1)
125"
}

# The same under a policy: status restricts nobody and needs nothing but to be run.
confined()
{
	mkdir -p "$scratch/root"
	is "under a policy it says the same" \
		"$("$preclude" run --log off --root "$scratch/root" "$preclude" status --json | jq -c .rights)" "$(query .rights)"
}

fake_kernels()
{
	local abi host
	host=$(query .abi)
	for ((abi = 1; abi <= host; abi++)); do
		is "ABI $abi: agrees with the kernel" "$(preclude_says "$fake" "abi:$abi")" \
			"$(kernel_says "$fake" "abi:$abi")"
		is "ABI $abi: status" "$(query .status "$fake" "abi:$abi")" "$([ "$abi" -ge 5 ] && echo full || echo partial)"
	done
	is "ABI 1: what is missing, and what has it" "$(query '[.missing, .needs]' "$fake" abi:1)" \
		'[["REFER","TRUNCATE","IOCTL_DEV"],{"abi":5,"linux":"6.10"}]'
	ok "ABI 1: in words" grep -q '^status  *partial: without REFER TRUNCATE IOCTL_DEV$' \
		<<<"$("$fake" abi:1 "$preclude" status)"
	ok "ABI 1: says what to do" grep -q '^what to do  Linux 6.10' <<<"$("$fake" abi:1 "$preclude" status)"
	# A version that promises more than there is: what was tried counts.
	is "a kernel that lies: agrees with what it does" "$(preclude_says "$fake" abi:4,says:6)" \
		"$(kernel_says "$fake" abi:4,says:6)"
	is "a kernel that claims more than it does is partial" "$(query '[.abi, .status, .missing]' "$fake" abi:4,says:6)" '[6,"partial",["IOCTL_DEV"]]'
	ok "a kernel that claims more than it does is named as such" grep -q 'although this ABI has them' <<<"$("$fake" abi:4,says:6 "$preclude" status)"

	is "not built" "$(query '[.landlock, .abi, .status, (.rights | map(select(.offered)) | length)]' "$fake" enosys)" \
		'["not built",0,"none",0]'
	ok "not built: what to do" grep -q CONFIG_SECURITY_LANDLOCK <<<"$("$fake" enosys "$preclude" status)"
	is "not enabled" "$(query '[.landlock, .abi, .status]' "$fake" eopnotsupp)" '["not enabled",0,"none"]'
	ok "not enabled: what to do" grep -q 'lsm=landlock,' <<<"$("$fake" eopnotsupp "$preclude" status)"
	is "forbidden" "$(query '[.landlock, .errno]' "$fake" eperm)" '["refused",1]'
	ok "forbidden: what to do" grep -q seccomp <<<"$("$fake" eperm "$preclude" status)"
	"$fake" enosys "$preclude" status >/dev/null
	is "exit status without Landlock" $? 0
}

this_kernel
confined
fake_kernels
finish
