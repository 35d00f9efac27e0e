/* SPDX-License-Identifier: ISC */
/*
 * What is in force, as one number: FNV-1a, 64 bits.
 *
 * Whatever decides what a process may do, or whether it may start, is in it; how much is logged and in which form is
 * not. The order of grants is: what is remembered of each stands in that order beside the digest.
 */
#include <string.h>

#include "config/env.h"

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t add_number(uint64_t hash, uint64_t number)
{
	return add_bytes(hash, &number, sizeof(number));
}

/* Length first, so that no two sequences of strings run into the same bytes; no string is not the empty string. */
static uint64_t add_string(uint64_t hash, const char *text)
{
	return text ? add_bytes(add_number(hash, strlen(text)), text, strlen(text)) : add_number(hash, UINT64_MAX);
}

static uint64_t add_ports(uint64_t hash, const uint16_t *ports, size_t count)
{
	return add_bytes(add_number(hash, count), ports, count * sizeof(*ports));
}

static uint64_t add_grants(uint64_t hash, const struct grant *grants, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		hash = add_number(hash, (uint64_t)grants[i].access << 1 | grants[i].optional);
		hash = add_string(hash, grants[i].path);
		hash = add_string(hash, grants[i].name);
	}
	return hash;
}

uint64_t policy_digest(const struct policy *policy)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	hash = add_number(hash, policy->mode);
	hash = add_number(hash, policy->require);
	hash = add_number(hash, policy->require == REQUIRE_ABI ? (uint64_t)policy->require_abi : 0);
	hash = add_number(hash, policy->from_ll);
	hash = add_number(hash, policy->ll_force_log);
	hash = add_number(hash, policy->nnp_on);
	hash = add_number(hash, policy->scope);
	hash = add_number(hash, (uint64_t)policy->net_bind << 1 | policy->net_connect);
	hash = add_ports(hash, policy->bind_ports, policy->bind_count);
	hash = add_ports(hash, policy->connect_ports, policy->connect_count);
	hash = add_number(hash, policy->log);
	hash = add_number(hash, policy->log == LOG_FD ? (uint64_t)policy->log_fd : 0);
	hash = add_string(hash, policy->log_path);
	hash = add_number(hash, policy->confine_raw);
	hash = add_number(hash, policy->narrow);
	hash = add_number(hash, policy->guard);
	hash = add_grants(hash, policy->narrow_grants, policy->narrow_count);
	return add_grants(hash, policy->grants, policy->grant_count);
}
