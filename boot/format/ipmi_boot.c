#include "format/ipmi_boot.h"

#define NETFN_CHASSIS 0x00
#define COMMAND_SET   0x08
#define COMMAND_GET   0x09

#define PARAMETER_ACKNOWLEDGE 4
#define PARAMETER_FLAGS	      5
#define PARAMETER_VERSION     1

#define MARKED_INVALID 0x80 /* of the selector, which is the rest */
#define FLAGS_LENGTH   5

#define FLAGS_VALID	 0x80 /* in the first byte of the flags */
#define FLAGS_PERSISTENT 0x40
#define FLAGS_UEFI	 0x20

/* Who has handled the boot info, 0 for handled. The bits nobody writes here are
 * 1, as the reserved ones have to be: a BMC that forgets the mask then takes
 * nobody else's word. */
#define HANDLED_MASK 0x03
#define HANDLED_DATA 0xfc

#define CODE_OK		 0x00
#define CODE_NO_PARAM	 0x80
#define CODE_IN_PROGRESS 0x81
#define CODE_READ_ONLY	 0x82
#define CODE_BUSY	 0xc0
#define CODE_NO_COMMAND	 0xc1
#define CODE_TIMEOUT	 0xc3
#define CODE_STARTING	 0xd2
#define CODE_PRIVILEGE	 0xd4

const char *ipmi_device_name(enum ipmi_device device)
{
	static const char *const names[16] = {
		[IPMI_DEVICE_NETWORK] = "network",
		[IPMI_DEVICE_DISK] = "disk",
		[IPMI_DEVICE_SAFE] = "disk in safe mode",
		[IPMI_DEVICE_DIAGNOSTIC] = "diagnostic partition",
		[IPMI_DEVICE_CD] = "CD/DVD",
		[IPMI_DEVICE_SETUP] = "setup",
		[IPMI_DEVICE_REMOTE_FLOPPY] = "remote floppy",
		[IPMI_DEVICE_REMOTE_CD] = "remote CD/DVD",
		[IPMI_DEVICE_REMOTE_MEDIUM] = "remote medium",
		[IPMI_DEVICE_REMOTE_DISK] = "remote disk",
		[IPMI_DEVICE_FLOPPY] = "floppy",
	};
	unsigned index = (unsigned)device;

	return index < 16 && names[index] ? names[index] : "";
}

void ipmi_boot_get(struct ipmi_request *ret)
{
	/* the set and the block selector are 0 */
	*ret = (struct ipmi_request){ .netfn = NETFN_CHASSIS,
				      .command = COMMAND_GET,
				      .data = { PARAMETER_FLAGS, 0, 0 },
				      .len = 3 };
}

void ipmi_boot_clear(struct ipmi_request *ret)
{
	*ret = (struct ipmi_request){ .netfn = NETFN_CHASSIS,
				      .command = COMMAND_SET,
				      .data = { PARAMETER_FLAGS },
				      .len = 1 + FLAGS_LENGTH };
}

void ipmi_boot_acknowledge(struct ipmi_request *ret)
{
	*ret = (struct ipmi_request){ .netfn = NETFN_CHASSIS,
				      .command = COMMAND_SET,
				      .data = { PARAMETER_ACKNOWLEDGE,
						HANDLED_MASK, HANDLED_DATA },
				      .len = 3 };
}

static const char *meaning(uint8_t code)
{
	switch (code) {
	case CODE_IN_PROGRESS:
		return "somebody else sets boot options";
	case CODE_READ_ONLY:
		return "it cannot be written";
	case CODE_BUSY:
		return "the BMC is busy";
	case CODE_TIMEOUT:
		return "the BMC does not answer in time";
	case CODE_STARTING:
		return "the BMC is starting";
	case CODE_PRIVILEGE:
		return "this interface may not";
	default:
		return "see IPMI 2.0, table 5-2";
	}
}

enum status ipmi_boot_done(struct span answer, struct error *err)
{
	struct cursor c = cursor_over(answer);
	uint8_t code = cursor_u8(&c);

	if (!cursor_ok(&c))
		return fail(err, E_IPMI_LENGTH,
			    "the BMC's answer is empty, a completion code is 1 "
			    "byte");
	if (code == CODE_OK)
		return OK;
	if (code == CODE_NO_PARAM || code == CODE_NO_COMMAND)
		return fail(err, E_IPMI_UNSUPPORTED,
			    "the BMC has no boot flags: completion code 0x%02x",
			    code);
	return fail(err, E_IPMI_COMPLETION,
		    "the BMC's completion code is 0x%02x (%s), not 0", code,
		    meaning(code));
}

bool ipmi_boot_is_busy(struct span answer)
{
	struct cursor c = cursor_over(answer);
	uint8_t code = cursor_u8(&c);

	return code == CODE_BUSY || code == CODE_TIMEOUT ||
	       code == CODE_STARTING;
}

enum status ipmi_boot_parse(struct span answer, struct ipmi_boot *ret,
			    struct error *err)
{
	struct cursor c = cursor_over(answer);
	uint8_t version, selector, flags, device;
	enum status s = ipmi_boot_done(answer, err);

	*ret = (struct ipmi_boot){ .is_valid = false };
	if (s != OK)
		return s;
	cursor_skip(&c, 1);
	version = cursor_u8(&c) & 0x0f;
	selector = cursor_u8(&c);
	flags = cursor_u8(&c);
	device = (cursor_u8(&c) >> 2) & 0x0f;
	cursor_skip(&c, FLAGS_LENGTH - 2);
	if (!cursor_ok(&c))
		return fail(err, E_IPMI_LENGTH,
			    "the BMC's answer has %zu bytes, boot flags take "
			    "%d",
			    answer.len, 3 + FLAGS_LENGTH);
	if (version != PARAMETER_VERSION)
		return fail(err, E_IPMI_VERSION,
			    "the boot flags' version is %u, the one that is "
			    "known is %d",
			    version, PARAMETER_VERSION);
	if ((selector & ~MARKED_INVALID) != PARAMETER_FLAGS)
		return fail(err, E_IPMI_PARAMETER,
			    "the BMC answers about parameter %u, asked for was "
			    "%d",
			    selector & ~MARKED_INVALID, PARAMETER_FLAGS);
	if ((selector & MARKED_INVALID) || !(flags & FLAGS_VALID))
		return OK;
	if (device && !ipmi_device_name((enum ipmi_device)device)[0])
		return fail(err, E_IPMI_DEVICE,
			    "the boot flags ask for device 0x%x, which is "
			    "reserved",
			    device);
	ret->is_valid = true;
	ret->is_persistent = flags & FLAGS_PERSISTENT;
	ret->is_uefi = flags & FLAGS_UEFI;
	ret->device = (enum ipmi_device)device;
	return OK;
}
