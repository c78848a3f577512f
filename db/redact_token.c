/* What a run of characters is by its form alone: addresses of networks, of devices and of memory,
 * numbers, times, frames. */
#include "db/redact_parts.h"

#include <ctype.h>
#include <string.h>

static bool all(struct hu_str s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (!s.at[i] || !strchr(set, s.at[i]))
			return false;
	return s.len > 0;
}

static size_t count(struct hu_str s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.at[i] == c;
	return n;
}

bool hu_redact_digits(struct hu_str s)
{
	return all(s, "0123456789");
}

#define HEX "0123456789abcdefABCDEF"

bool hu_redact_identifier(struct hu_str s)
{
	if (!s.len || isdigit((unsigned char)s.at[0]))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!hu_redact_wordly(s.at[i]) && s.at[i] != '.' && s.at[i] != '$')
			return false;
	return s.at[0] != '.' || s.len > 1;
}

bool hu_redact_is_pseudonym(struct hu_str s)
{
	static const char *const prefixes[] = {"task", "host",	 "path",  "word",  "text",   "fn",
					       "bin",  "ip",	 "mac",	  "uuid",  "id",     "addr",
					       "str",  "bundle", "group", "local", "serial", "key"};
	struct hu_str digits = s, prefix = hu_str_split(&digits, '-');

	if (digits.len != 8 || !all(digits, "0123456789abcdef"))
		return false;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (hu_str_is(prefix, prefixes[i]))
			return true;
	return false;
}

static bool is_ipv4(struct hu_str s)
{
	struct hu_str port = s;

	s = hu_str_split(&port, ':');
	s = hu_str_split(&s, '/');
	if (count(s, '.') != 3 || !all(s, "0123456789."))
		return false;
	while (s.len) {
		uint64_t n;
		if (!hu_str_u64(hu_str_split(&s, '.'), 10, &n) || n > 255)
			return false;
	}
	return true;
}

/* Two digits each, six of them, with colons or dashes between. */
static bool is_mac(struct hu_str s)
{
	if (s.len != 17 || !all(s, HEX ":-"))
		return false;
	for (size_t i = 2; i < s.len; i += 3)
		if (s.at[i] != ':' && s.at[i] != '-')
			return false;
	return count(s, ':') == 5 || count(s, '-') == 5;
}

static bool is_uuid(struct hu_str s)
{
	if (s.len != 36 || !all(s, HEX "-"))
		return false;
	return s.at[8] == '-' && s.at[13] == '-' && s.at[18] == '-' && s.at[23] == '-';
}

/* "0000:00:1f.2": where a card sits says little, and drivers' lines need it. */
static bool is_pci(struct hu_str s)
{
	struct hu_str rest = s;
	struct hu_str a = hu_str_split(&rest, ':'), b = hu_str_split(&rest, ':');

	if (count(s, ':') == 2 && a.len == 4)
		return all(a, HEX) && b.len == 2 && all(b, HEX) && all(rest, HEX ".") &&
		       rest.len <= 4 && rest.len >= 2;
	return count(s, ':') == 1 && a.len == 4 && b.len == 2 && all(a, HEX) && all(b, HEX);
}

/* Anything of hex digits and colons that no time of day is. */
static bool is_ipv6(struct hu_str s)
{
	s = hu_str_split(&s, '/');
	s = hu_str_split(&s, '%');
	size_t colons = count(s, ':');
	if (colons < 2 || !all(s, HEX ":."))
		return false;
	return hu_str_find(s, "::") >= 0 || (colons == 7 && s.len > 8 + 7);
}

static bool is_time(struct hu_str s)
{
	return all(s, "0123456789:.TZ+-/,") && count(s, ':') <= 4 && s.at[0] >= '0' &&
	       s.at[0] <= '9';
}

/* "ext4_sync_fs+0x3f/0xb0", "0x1c0" */
static bool is_frame(struct hu_str s)
{
	ptrdiff_t plus = hu_str_find(s, "+0x");

	if (plus <= 0)
		return false;
	return hu_redact_identifier((struct hu_str){s.at, (size_t)plus}) &&
	       all(hu_str_skip(s, (size_t)plus + 1), HEX "x/");
}

/* Addresses, hashes, identifiers in hex: what of it is so long that it says who. */
static enum hu_token hex_of(struct hu_str s, uint64_t *address)
{
	bool marked = hu_str_starts(s, "0x") || hu_str_starts(s, "0X");
	struct hu_str digits = marked ? hu_str_skip(s, 2) : s;
	size_t zeros = 0;

	if (!all(digits, HEX) || (!marked && digits.len < 8))
		return HU_TOKEN_OTHER;
	while (zeros < digits.len && digits.at[zeros] == '0')
		zeros++;
	if (digits.len == 16 && hu_str_u64(digits, 16, address) &&
	    *address >= UINT64_C(0xffff000000000000) &&
	    *address < UINT64_C(0xffffffffffff0000)) /* -1 and errors are none */
		return HU_TOKEN_ADDRESS;
	if (all(digits, "fF") || (all(digits, "0123456789") && !marked && digits.len < 16))
		return HU_TOKEN_PLAIN;
	return digits.len - zeros <= 8 && (marked || zeros) ? HU_TOKEN_PLAIN : HU_TOKEN_ID;
}

/* "0x3ffd7000-0x3fffffff" */
static bool is_range(struct hu_str s)
{
	struct hu_str to = s, from = hu_str_split(&to, '-');
	uint64_t address;

	return to.len && hu_str_starts(from, "0x") && hex_of(from, &address) == HU_TOKEN_PLAIN &&
	       hex_of(to, &address) == HU_TOKEN_PLAIN;
}

enum hu_token hu_redact_token(struct hu_str s, uint64_t *address)
{
	if (is_mac(s))
		return HU_TOKEN_MAC;
	if (is_ipv4(s))
		return HU_TOKEN_IP;
	if (is_uuid(s))
		return HU_TOKEN_UUID;
	if (is_pci(s))
		return HU_TOKEN_PLAIN;
	if (is_ipv6(s))
		return HU_TOKEN_IP;
	enum hu_token hex = hex_of(s, address);
	if (hex != HU_TOKEN_OTHER)
		return hex;
	if (is_time(s) || is_frame(s) || is_range(s))
		return HU_TOKEN_PLAIN;
	/* Names of the world: WWN, NGUID, fingerprints. */
	if (count(s, ':') >= 5 && all(s, HEX ":"))
		return HU_TOKEN_ID;
	return HU_TOKEN_OTHER;
}

/* Names that the kernel gives by counting; names that somebody chose are none of these. */
bool hu_redact_device(struct hu_str s)
{
	static const char *const stems[] = {
		"sd",  "hd",   "vd",	 "xvd",	 "nvme",   "dm-",   "md",     "loop",
		"ram", "zram", "mmcblk", "nbd",	 "sr",	   "fd",    "eth",    "ens",
		"enp", "eno",  "wlan",	 "wlp",	 "ttyS",   "tty",   "ttyUSB", "pts",
		"cpu", "CPU",  "irq",	 "IRQ",	 "virtio", "bond",  "veth",   "docker",
		"lo",  "all",  "scsi",	 "host", "target", "usb",   "ata",    "pci",
		"rbd", "drbd", "bcache", "hpet", "event",  "input", "isofs",  "node."};

	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++) {
		if (!hu_str_starts(s, stems[i]))
			continue;
		struct hu_str rest = hu_str_skip(s, strlen(stems[i]));
		if (rest.len <= 12 && (!rest.len || all(rest, "0123456789np")))
			return true;
		/* "sda1", "vdbc2": letters count first */
		size_t letters = 0;
		while (letters < rest.len && islower((unsigned char)rest.at[letters]))
			letters++;
		rest = hu_str_skip(rest, letters);
		if (strlen(stems[i]) >= 2 && stems[i][strlen(stems[i]) - 1] == 'd' &&
		    letters <= 2 && (!rest.len || all(rest, "0123456789")))
			return true;
	}
	return false;
}
