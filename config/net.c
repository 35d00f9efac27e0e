/* SPDX-License-Identifier: ISC */
/* PRECLUDE_NET: the ports that may be bound, and connected to. */
#include "config/parse.h"

uint16_t *ports_new(struct reading *reading, const char *value)
{
	uint16_t *ports = arena_alloc(reading->arena, parse_list_bound(value) * sizeof(*ports));

	if (!ports)
		refuse_memory(reading->why);
	return ports;
}

static int net_element(struct reading *reading, const struct spot *spot)
{
	struct policy *policy = &reading->policy;
	struct slice port = spot->text, what;
	uint32_t number;

	if (slice_is(spot->text, "none"))
		return refuse_at(reading->why, spot,
				 "\"none\" allows no port at all; remove it, or the ports beside it");
	if (!list_cut(&port, '=', &what) || (!slice_is(what, "bind") && !slice_is(what, "connect")))
		return refuse_at(reading->why, spot, "unknown; write %s", reading->expects);
	if (!parse_number(port, 0, UINT16_MAX, &number))
		return refuse_at(reading->why, spot,
				 "the port is not a number from 0 to 65535; write it in decimal digits");
	if (slice_is(what, "bind"))
		reading->bind[policy->bind_count++] = (uint16_t)number;
	else
		reading->connect[policy->connect_count++] = (uint16_t)number;
	return 0;
}

int parse_net(struct reading *reading, const char *value)
{
	struct policy *policy = &reading->policy;

	policy->net_restricted = policy->net_bind = policy->net_connect = true;
	if (slice_is(slice_of(value), "none"))
		return 0;
	reading->bind = ports_new(reading, value);
	reading->connect = ports_new(reading, value);
	if (!reading->bind || !reading->connect)
		return -1;
	policy->bind_ports = reading->bind;
	policy->connect_ports = reading->connect;
	return parse_list(reading, value, net_element);
}
