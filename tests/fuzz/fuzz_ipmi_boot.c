/* Fuzz target: what a BMC answers. Flags that do not count have nothing in
 * them, those that do ask for a device that has a name. */
#include "format/ipmi_boot.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span answer = span_of(data, size);
	struct error err = { .code = OK };
	struct ipmi_boot boot;
	enum status s = ipmi_boot_parse(answer, &boot, &err);

	if (s != OK)
		fuzz_check_error(s, &err);
	fuzz_must(s == OK || !boot.is_valid);
	fuzz_must(!ipmi_boot_is_busy(answer) || s == E_IPMI_COMPLETION);
	if (boot.is_valid)
		fuzz_must(boot.device == IPMI_DEVICE_NONE ||
			  ipmi_device_name(boot.device)[0]);
	else
		fuzz_must(!boot.is_persistent && !boot.is_uefi &&
			  boot.device == IPMI_DEVICE_NONE);
	return 0;
}
