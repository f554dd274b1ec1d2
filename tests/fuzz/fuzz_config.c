#include "config.h"
#include "format/bls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void describe(void *ctx, const struct config_finding *f)
{
	char line[256];
	struct text t = text_over(line, sizeof(line));

	config_describe(f, ctx, &t);
}

/* Every text format of the configuration, over the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bls_entry entry;
	static char source[] = "fuzz";
	struct span text = span_of(data, size);
	struct config config;

	config_defaults(&config);
	config_parse(&config, text, describe, source);
	config_parse_cmdline(&config, text, describe, source);
	(void)!bls_parse(text, NULL, &entry, NULL);
	return 0;
}
