/* Stands in for the C library's resolver: the few names that there are, IPv6
 * first, and addresses. */
#ifndef KEELBOOT_TESTS_UNIT_NAMES_RIG_H
#define KEELBOOT_TESTS_UNIT_NAMES_RIG_H

#include "test.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *addresses[3];
} names_rig[] = {
	{ "localhost", { "127.0.0.1" } },
	{ "boot.example", { "192.0.2.1" } },
	{ "both.example", { "2001:db8::1", "192.0.2.1" } },
	{ "here.example", { "::1", "127.0.0.1" } },
	{ "here-twice.example", { "::1", "127.0.0.1", "127.0.0.2" } },
};

static struct addrinfo *names_rig_one(const char *address)
{
	struct addrinfo *ret = calloc(1, sizeof(*ret));
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	bool is_v6 = inet_pton(AF_INET6, address, &v6.sin6_addr) == 1;

	assert_non_null(ret);
	if (!is_v6 && inet_pton(AF_INET, address, &v4.sin_addr) != 1) {
		free(ret);
		return NULL;
	}
	ret->ai_family = is_v6 ? AF_INET6 : AF_INET;
	ret->ai_addrlen = is_v6 ? sizeof(v6) : sizeof(v4);
	ret->ai_addr = calloc(1, sizeof(v6));
	assert_non_null(ret->ai_addr);
	memcpy(ret->ai_addr, is_v6 ? (void *)&v6 : (void *)&v4,
	       ret->ai_addrlen);
	return ret;
}

int getaddrinfo(const char *name, const char *service,
		const struct addrinfo *hints, struct addrinfo **ret)
{
	struct addrinfo **end = ret;

	(void)service;
	(void)hints;
	*ret = names_rig_one(name);
	if (*ret)
		return 0;
	for (size_t i = 0; i < test_count(names_rig); i++) {
		if (strcmp(names_rig[i].name, name))
			continue;
		for (size_t j = 0; j < 3 && names_rig[i].addresses[j]; j++) {
			*end = names_rig_one(names_rig[i].addresses[j]);
			end = &(*end)->ai_next;
		}
	}
	return *ret ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *found)
{
	while (found) {
		struct addrinfo *next = found->ai_next;

		free(found->ai_addr);
		free(found);
		found = next;
	}
}

#endif
