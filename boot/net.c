#include "net.h"

#include "base/log.h"
#include "base/own.h"
#include "base/progress.h"
#include "dhcp.h"
#include "firmware_facts.h"
#include "format/smbios.h"
#include "net_fetch.h"
#include "net_parts.h"
#include "net_process.h"
#include "sys/network.h"
#include "sys/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* It has no reason to end: something that ends it each time must not take the
 * machine's time. */
#define AGAIN_MS     1000
#define AGAIN_DOUBLE 6

/* For one that is killed to be gone when the next sets up the same. */
#define SETTINGS_MS 100

/* How long such a one is waited for, and how often it is looked at. */
#define KILLED_MS      5000
#define KILLED_LOOK_MS 20

/* Lines of the log that the process may fill at once, and how often one more:
 * a server that makes it say something for ever would have all others gone. */
#define LINES_MAX    64
#define LINE_EACH_MS 5000

/* Messages taken in one go: who sits at the console shall not wait for one that
 * never ends. */
#define DRAIN_MAX 64

void net_init(struct net *net)
{
	memset(net, 0, sizeof(*net));
	net->socket = -1;
	net->settings.timeout_s = NET_TIMEOUT_S;
	net->text.blob = BLOB_NONE;
	net->busybox = "/bin/busybox";
	net->script = "/" DHCP_SCRIPT_NAME;
	net->folder = NET_FILES_FOLDER;
	net->resolv_conf = "/etc/resolv.conf";
	net->grace_ms = 5000;
}

/* --- the machine -------------------------------------------------------------
 */

#define SYSTEM_MANUFACTURER 4 /* offsets in a structure of type 1 */
#define SYSTEM_PRODUCT	    5
#define SYSTEM_SERIAL	    7
#define SYSTEM_UUID	    8
#define CHASSIS		    3
#define CHASSIS_ASSET	    8

static void take_string(const struct smbios_structure *s, size_t offset,
			char *ret, size_t cap)
{
	struct text t = text_over(ret, cap);

	text_add_safe(&t, smbios_string_at(s, offset));
}

/* Its first three fields stand there with their last byte first: from either
 * order to the other. */
static const uint8_t uuid_from[16] = { 3, 2, 1,	 0,  5,	 4,  7,	 6,
				       8, 9, 10, 11, 12, 13, 14, 15 };

/* All zeros or all ones are none (DSP0134, 7.2.1). */
static void take_uuid(const struct smbios_structure *s, struct net_machine *m)
{
	struct text t = text_over(m->uuid_text, sizeof(m->uuid_text));
	unsigned sum = 0;

	if (s->area.len < SYSTEM_UUID + 16)
		return;
	for (size_t i = 0; i < 16; i++) {
		m->uuid[i] = s->area.ptr[SYSTEM_UUID + uuid_from[i]];
		sum += m->uuid[i];
	}
	m->has_uuid = sum && sum != 16 * 0xff;
	for (size_t i = 0; m->has_uuid && i < 16; i++)
		text_addf(&t, "%s%02x",
			  i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			  m->uuid[i]);
}

void net_read_machine(struct net *net, const char *root)
{
	struct net_machine *m = &net->machine;
	struct firmware_facts facts;
	struct smbios_structure s;

	firmware_facts_read(root, &facts);
	if (smbios_find(firmware_smbios(&facts), SMBIOS_SYSTEM, &s)) {
		take_string(&s, SYSTEM_MANUFACTURER, m->manufacturer,
			    sizeof(m->manufacturer));
		take_string(&s, SYSTEM_PRODUCT, m->product, sizeof(m->product));
		take_string(&s, SYSTEM_SERIAL, m->serial, sizeof(m->serial));
		take_uuid(&s, m);
	}
	if (smbios_find(firmware_smbios(&facts), CHASSIS, &s))
		take_string(&s, CHASSIS_ASSET, m->asset, sizeof(m->asset));
	firmware_facts_drop(&facts);
}

/* --- the process -------------------------------------------------------------
 */

/* The process knows the entries of the image, whose secrets it may use, as they
 * were when it was started; one for DHCP has none. */
static struct net_task *make_task(const struct net *net,
				  struct net_entry **ret_entries)
{
	struct net_task *task = calloc(1, sizeof(*task));
	struct net_entry *entries =
		calloc(net->image_count + 1, sizeof(*entries));

	*ret_entries = entries;
	if (!task || !entries) {
		free(task);
		return NULL;
	}
	for (uint32_t i = 0; i < net->image_count; i++)
		if (net->slots[i].entry)
			entries[i] = *net->slots[i].entry;
	*task = (struct net_task){
		.settings = net->settings,
		.entries = entries,
		.entry_count = net->image_count,
		.keyring = net->keyring,
		.has_uuid = net->machine.has_uuid,
		.busybox = net->busybox,
		.script = net->script,
		.folder = net->folder,
		.resolv_conf = net->resolv_conf,
		.is_again = net->was_begun,
	};
	for (size_t i = 0; i < sizeof(task->uuid); i++)
		task->uuid[i] = net->machine.uuid[uuid_from[i]];
	return task;
}

static enum status spawn(struct net *net, struct error *err)
{
	_free_ struct net_entry *entries = NULL;
	_free_ struct net_task *task = make_task(net, &entries);
	enum status s;

	if (!task)
		return fail(err, E_NO_MEMORY,
			    "no memory for the network's process");
	s = msg_pair(&net->socket, &task->socket, err);
	if (s != OK)
		return s;
	s = proc_spawn("keelboot-net", net_process_run, task, &task->socket, 1,
		       &net->pid, err);
	close(task->socket);
	if (s != OK)
		close(take_fd(&net->socket));
	net->was_begun = true;
	return s;
}

static enum status fail_absent(struct error *err)
{
	return fail(err, E_NET_ENDED,
		    "nothing sets up the network here: the menu does");
}

enum status net_begin(struct net *net, const struct net_settings *settings,
		      const struct keyring *keyring, struct error *err)
{
	net->settings = *settings;
	net->keyring = keyring;
	net->is_wanted = net->is_wanted || settings->interface_count ||
			 settings->syslog[0] || settings->status_url[0];
	return net->is_wanted ? spawn(net, err) : OK;
}

enum status net_begin_late(struct net *net, struct error *err)
{
	if (net->socket >= 0 || net->again_ms)
		return OK;
	return net->keyring ? spawn(net, err) : fail_absent(err);
}

/* What it was, it is not any more. */
static void stop(struct net *net)
{
	if (net->pid > 0) {
		proc_kill(net->pid);
		net->killed = net->pid;
	}
	close(take_fd(&net->socket));
	net->pid = 0;
	net->told = net->last_tell; /* it tells nobody any more */
	memset(&net->state, 0, sizeof(net->state));
}

enum status net_begin_again(struct net *net,
			    const struct net_settings *settings,
			    struct error *err)
{
	bool was_there = net->socket >= 0 || net->again_ms;

	if (!net->keyring) {
		net->settings = *settings;
		return OK;
	}
	if (was_there)
		stop(net);
	net->again_ms = 0;
	if (!was_there)
		return net_begin(net, settings, net->keyring, err);
	net->settings = *settings;
	net->again_ms = now_ms() + SETTINGS_MS;
	return OK;
}

/* It is started again in a while. */
void net_lose(struct net *net)
{
	unsigned times = net->ends < AGAIN_DOUBLE ? net->ends : AGAIN_DOUBLE;

	stop(net);
	net->again_ms = now_ms() + ((uint64_t)AGAIN_MS << times);
	net->ends++;
	log_error("the network's process ended, it is started again");
}

static void start_again(struct net *net, uint64_t now)
{
	struct error err;

	if (!net->again_ms || now < net->again_ms)
		return;
	if (net->killed > 0 && now < net->again_ms + KILLED_MS)
		return; /* it might still set something up */
	net->again_ms = 0;
	if (spawn(net, &err) != OK) {
		log_error("%s", err.text);
		net->again_ms = now + ((uint64_t)AGAIN_MS << AGAIN_DOUBLE);
	}
}

/* --- what it says ------------------------------------------------------------
 */

/* Whether there is room for a line. Time passes for those that were said. */
static bool may_log(struct net *net)
{
	uint64_t now = now_ms();

	if (net->lines_ms < now)
		net->lines_ms = now;
	if (net->lines_ms - now > (LINES_MAX - 1) * LINE_EACH_MS) {
		net->lines_lost++;
		return false;
	}
	net->lines_ms += LINE_EACH_MS;
	if (net->lines_lost)
		log_warn("network: %u lines were too many", net->lines_lost);
	net->lines_lost = 0;
	return true;
}

static void take_state(struct net *net, const struct net_state *state)
{
	struct net_machine *m = &net->machine;
	struct text t = text_over(m->mac, sizeof(m->mac));
	struct network_address address = { .is_ipv6 = !state->has_ipv4 };

	if ((state->stage != net->state.stage ||
	     (state->stage == NET_UP &&
	      strcmp(state->line, net->state.line) != 0)) &&
	    may_log(net))
		log_info("network: %s", state->line);
	net->state = *state;
	m->mac[0] = m->ip[0] = '\0';
	for (size_t i = 0; state->interface[0] && i < 6; i++)
		text_addf(&t, "%s%02x", i ? ":" : "", state->mac[i]);
	t = text_over(m->ip, sizeof(m->ip));
	memcpy(address.bytes, state->has_ipv4 ? state->ipv4 : state->ipv6,
	       state->has_ipv4 ? 4 : 16);
	if (state->has_ipv4 || state->has_ipv6)
		network_add_address(&t, &address);
	(void)!text_copy(m->hostname, sizeof(m->hostname),
			 state->lease.hostname);
}

bool net_take(struct net *net, const struct net_message *message)
{
	if (message->kind == NET_STATE) {
		take_state(net, &message->state);
		return true;
	}
	if (message->kind == NET_TOLD)
		net->told = message->request;
	if (message->kind == NET_NOTE && may_log(net)) {
		log_warn("network: %s", message->note);
		if (net->say)
			net->say(net->stop_ctx, message->note);
	}
	return false;
}

enum status net_next(struct net *net, struct net_message *message,
		     struct error *err)
{
	size_t len = 0;
	int fd = -1;
	enum status s = msg_receive(net->socket, message, sizeof(*message),
				    &len, &fd, err);

	if (fd >= 0)
		close(fd);
	if (s == E_MSG_NONE)
		return s;
	if (s == OK && net_tame(message, len))
		return OK;
	net_lose(net);
	return fail(err, E_NET_ENDED, "the network's process has ended");
}

bool net_handle(struct net *net, uint64_t now)
{
	struct net_message *m = malloc(sizeof(*m));
	bool changed = false, was_there;
	struct error err;
	int status;

	if (net->killed > 0 && proc_reap(net->killed, &status))
		net->killed = 0;
	start_again(net, now);
	was_there = net->socket >= 0;
	for (unsigned i = 0; m && net->socket >= 0 && i < DRAIN_MAX; i++) {
		if (net_next(net, m, &err) != OK)
			break;
		changed |= net_take(net, m);
	}
	if (net->pid > 0 && proc_reap(net->pid, &status)) {
		net->pid = 0;
		net_lose(net);
	}
	free(m);
	return changed || (was_there && net->socket < 0);
}

size_t net_poll_fds(const struct net *net, struct pollfd *fds)
{
	if (net->socket < 0)
		return 0;
	*fds = (struct pollfd){ .fd = net->socket, .events = POLLIN };
	return 1;
}

int net_wait_ms(const struct net *net, uint64_t now)
{
	if (net->again_ms && net->killed > 0 && now >= net->again_ms)
		return KILLED_LOOK_MS;
	return net->again_ms ? ms_until(net->again_ms, now) : -1;
}

/* --- waiting -----------------------------------------------------------------
 */

bool net_is_stopped(const struct net *net, struct error *err)
{
	if (!net->is_stopped || !net->is_stopped(net->stop_ctx))
		return false;
	fail(err, E_NET_STOPPED, "a key was pressed");
	return true;
}

uint64_t net_deadline_of(struct net *net, uint32_t number)
{
	const struct net_entry *entry = net->slots[number].entry;
	uint32_t timeout_s = entry ? entry->timeout_s : net->settings.timeout_s;
	uint64_t end = now_ms() + timeout_s * UINT64_C(1000);

	if (!net->end_ms)
		net->end_ms = end;
	return end < net->end_ms ? end : net->end_ms;
}

/* What is not there yet, as it is shown; the page of the network has more. */
static const char *waiting_for(enum net_stage stage)
{
	switch (stage) {
	case NET_NO_INTERFACE:
		return "waiting for a network interface";
	case NET_NO_CARRIER:
		return "waiting for a network link";
	case NET_NO_ADDRESS:
		return "waiting for a network address";
	case NET_STARTING:
	case NET_UP:
		break;
	}
	return "waiting for the network";
}

enum status net_await_up(struct net *net, uint64_t deadline, struct error *err)
{
	if (net->socket < 0 && !net->again_ms)
		return fail_absent(err);
	while (net->state.stage != NET_UP) {
		struct pollfd fd;
		size_t count = net_poll_fds(net, &fd);

		if (net_is_stopped(net, err))
			return err->code;
		if (!deadline_left_ms(deadline))
			return fail(err, E_NET_LINK, "no network: %s",
				    net->state.line[0] ? net->state.line
						       : "it has just begun");
		poll(&fd, count, NET_STEP_MS);
		net_handle(net, now_ms());
		progress_step(waiting_for(net->state.stage), 0, 0);
	}
	return OK;
}

/* --- what it is told ---------------------------------------------------------
 */

void net_tell(struct net *net, uint8_t severity, const char *stage,
	      const char *text)
{
	struct net_request *r;

	if (net->socket < 0 ||
	    (!net->settings.syslog[0] && !net->settings.status_url[0]))
		return;
	r = calloc(1, sizeof(*r));
	if (!r)
		return;
	r->order = NET_TELL;
	r->request = ++net->last_request;
	r->severity = severity;
	(void)!text_copy(r->stage, sizeof(r->stage), stage);
	snprintf(r->tell, sizeof(r->tell), "%s", text);
	if (msg_send(net->socket, span_of(r, sizeof(*r)), -1, NULL) == OK)
		net->last_tell = r->request;
	else
		log_debug("the network's process takes nothing now");
	free(r);
}

void net_flush(struct net *net)
{
	uint64_t deadline = now_ms() + NET_FLUSH_MS;

	while (net->socket >= 0 && net->told < net->last_tell &&
	       net->state.stage >= NET_NO_ADDRESS &&
	       deadline_left_ms(deadline)) {
		struct pollfd fd;

		poll(&fd, net_poll_fds(net, &fd), deadline_left_ms(deadline));
		net_handle(net, now_ms());
	}
}

void net_end(struct net *net)
{
	if (net->pid > 0)
		proc_kill(net->pid);
	if (net->socket >= 0)
		close(take_fd(&net->socket));
	for (uint32_t i = 0; i <= NET_OF_DISK; i++)
		free(net->slots[i].entry);
	memset(net->slots, 0, sizeof(net->slots));
	net->image_count = 0;
	raw_image_drop(&net->text);
}
