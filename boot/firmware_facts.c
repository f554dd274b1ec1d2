#include "firmware_facts.h"

#include "sys/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPATIBLE "/proc/device-tree/compatible"
#define SMBIOS	   "/sys/firmware/dmi/tables/DMI"

static void read_smbios(const char *root, struct firmware_facts *ret)
{
	char path[512];
	char *buf = malloc(FIRMWARE_SMBIOS_MAX);
	size_t len = 0;

	snprintf(path, sizeof(path), "%s" SMBIOS, root);
	if (buf &&
	    file_read_small(AT_FDCWD, path, buf, FIRMWARE_SMBIOS_MAX, &len) &&
	    len) {
		ret->smbios = malloc(len);
		if (ret->smbios) {
			memcpy(ret->smbios, buf, len);
			ret->smbios_len = len;
		}
	}
	free(buf);
}

void firmware_facts_read(const char *root, struct firmware_facts *ret)
{
	char path[512], compatible[4096];
	size_t len = 0;

	memset(ret, 0, sizeof(*ret));
	read_smbios(root, ret);
	snprintf(path, sizeof(path), "%s" COMPATIBLE, root);
	/* The first of several strings, whole or not at all. */
	if (file_read_small(AT_FDCWD, path, compatible, sizeof(compatible),
			    &len) &&
	    strlen(compatible) < sizeof(ret->compatible))
		memcpy(ret->compatible, compatible, strlen(compatible) + 1);
}

void firmware_facts_drop(struct firmware_facts *facts)
{
	free(facts->smbios);
	memset(facts, 0, sizeof(*facts));
}

struct span firmware_smbios(const struct firmware_facts *facts)
{
	return span_of(facts->smbios, facts->smbios_len);
}
