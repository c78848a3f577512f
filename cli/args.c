/* The command line: options by table, help from the same table, and a hint for a slip. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static size_t option_count(const struct cli_command *command)
{
	size_t n = 0;

	while (command->options[n].name)
		n++;
	return n;
}

static const char *option_name(const void *list, size_t i)
{
	const struct cli_option *options = list;

	return options[i].name;
}

/* Distance in single edits (Levenshtein), of words short enough for a fixed row. */
static size_t distance(const char *a, const char *b)
{
	enum { LONGEST = 40 };
	size_t row[LONGEST + 1], n = strlen(b);

	if (n > LONGEST || strlen(a) > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			size_t best = row[j] < row[j - 1] ? row[j] : row[j - 1];
			row[j] = best + 1 < change ? best + 1 : change;
		}
	}
	return row[n];
}

const char *cli_nearest(const char *word, const char *(*next)(const void *list, size_t i),
			const void *list)
{
	const char *best = NULL, *candidate;
	size_t near = 3; /* farther than two edits is another word */

	for (size_t i = 0; (candidate = next(list, i)); i++) {
		size_t d = distance(word, candidate);
		if (d < near && d < strlen(word)) {
			near = d;
			best = candidate;
		}
	}
	return best;
}

int cli_usage(const struct cli_command *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cli_complain_with(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Usage: holdup %s %s\n", command->name, command->synopsis);
	fprintf(stderr, "\"holdup %s --help\" says more.\n", command->name);
	return CLI_USAGE;
}

struct parse {
	const struct cli_command *command;
	int argc, at;
	char **argv;
	struct cli_input *in;
};

/* The value of option i: `given` behind it, or the next argument. */
static bool take_value(struct parse *p, size_t i, const char *given)
{
	const struct cli_option *o = &p->command->options[i];

	if (!o->value && given) {
		cli_usage(p->command, "--%s takes no value", o->name);
		return false;
	}
	if (o->value && !given) {
		if (p->at >= p->argc) {
			cli_usage(p->command, "--%s needs a %s", o->name, o->value);
			return false;
		}
		given = p->argv[p->at++];
	}
	p->in->values[i] = given ? given : "";
	p->in->given[p->in->given_count++] = (struct cli_given){i, p->in->values[i]};
	return true;
}

static bool take_long(struct parse *p, const char *text)
{
	const struct cli_option *options = p->command->options;
	const char *equals = strchr(text, '=');
	HU_CLEANUP(hu_freep)
	char *name =
		hu_strdup((struct hu_str){text, equals ? (size_t)(equals - text) : strlen(text)});

	if (!strcmp(name, "help") && !equals) {
		p->in->help = true;
		return true;
	}
	for (size_t i = 0; options[i].name; i++)
		if (!strcmp(options[i].name, name))
			return take_value(p, i, equals ? equals + 1 : NULL);
	const char *near = cli_nearest(name, option_name, options);
	if (near)
		cli_usage(p->command, "there is no option --%s; did you mean --%s?", name, near);
	else
		cli_usage(p->command, "there is no option --%s", name);
	return false;
}

/* "-qo DIR", "-oDIR" */
static bool take_letters(struct parse *p, const char *letters)
{
	const struct cli_option *options = p->command->options;

	for (; *letters; letters++) {
		size_t i = 0;
		if (*letters == 'h') {
			p->in->help = true;
			continue;
		}
		while (options[i].name && options[i].letter != *letters)
			i++;
		if (!options[i].name) {
			cli_usage(p->command, "there is no option -%c", *letters);
			return false;
		}
		if (options[i].value)
			return take_value(p, i, letters[1] ? letters + 1 : NULL);
		if (!take_value(p, i, NULL))
			return false;
	}
	return true;
}

bool cli_parse(const struct cli_command *command, int argc, char **argv, struct cli_input *ret)
{
	struct parse p = {.command = command, .argc = argc, .argv = argv, .in = ret};
	bool options_over = false;
	size_t letters = 1; /* "-abc" gives three */

	for (int i = 0; i < argc; i++)
		letters += strlen(argv[i]) + 1;
	*ret = (struct cli_input){
		.command = command,
		.values = hu_alloc((option_count(command) + 1) * sizeof(char *)),
		.operands = hu_alloc(((size_t)argc + 1) * sizeof(char *)),
		.given = hu_alloc(letters * sizeof(struct cli_given)),
	};
	while (p.at < argc) {
		const char *arg = argv[p.at++];
		bool ok = true;
		if (options_over || arg[0] != '-' || !arg[1])
			ret->operands[ret->count++] = arg;
		else if (!strcmp(arg, "--"))
			options_over = true;
		else
			ok = arg[1] == '-' ? take_long(&p, arg + 2) : take_letters(&p, arg + 1);
		if (!ok)
			return false;
	}
	return true;
}

void cli_input_deinit(struct cli_input *in)
{
	free(in->values);
	free(in->given);
	free(in->operands);
}

const char **cli_values(const struct cli_input *in, const char *option, size_t *count)
{
	const char **values = hu_alloc((in->given_count + 1) * sizeof(*values));

	*count = 0;
	for (size_t i = 0; i < in->given_count; i++)
		if (!strcmp(in->command->options[in->given[i].option].name, option))
			values[(*count)++] = in->given[i].value;
	return values;
}

const char *cli_value(const struct cli_input *in, const char *option)
{
	const struct cli_option *options = in->command->options;

	for (size_t i = 0; options[i].name; i++)
		if (!strcmp(options[i].name, option))
			return in->values[i];
	return NULL;
}

/* Words of `text`, folded behind column `indent`. */
static void put_folded(struct hu_out *out, const char *text, size_t indent)
{
	enum { WIDTH = 80 };
	struct hu_str rest = hu_str(text), word;
	size_t column = indent;

	while ((word = hu_str_word(&rest)).len) {
		if (column > indent && column + 1 + word.len > WIDTH) {
			hu_out_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			hu_out_putc(out, ' ');
			column++;
		}
		hu_out_str(out, word);
		column += word.len;
	}
	hu_out_putc(out, '\n');
}

/* The table behind --limit. */
static void put_limits(struct hu_out *out)
{
	enum { HELP_AT = 26 };

	hu_out_puts(out, "\nLimits (K, M, G, T behind bytes; s, min, h behind a time), and what "
			 "they are without:\n");
	for (const struct hu_limit *l = hu_limit_table; l->name; l++) {
		size_t from = out->len;
		hu_out_printf(out, "  %s=", l->name);
		hu_limit_put(l, &hu_default_limits, out);
		hu_out_printf(out, "%*s", (int)(HELP_AT - (out->len - from)), "");
		put_folded(out, l->help, HELP_AT);
	}
}

void cli_help(const struct cli_command *command)
{
	enum { HELP_AT = 26 };
	HU_CLEANUP(hu_out_deinit) struct hu_out out = {0};

	hu_out_printf(&out, "Usage: holdup %s %s\n\n%s\n", command->name, command->synopsis,
		      command->summary);
	struct hu_str details = hu_str(command->details), paragraph;
	while (hu_str_line(&details, &paragraph)) {
		HU_CLEANUP(hu_freep) char *text = hu_strdup(paragraph);
		hu_out_putc(&out, '\n');
		/* A paragraph that begins with a blank is an example: as it is. */
		if (*text == ' ')
			hu_out_printf(&out, "%s\n", text);
		else
			put_folded(&out, text, 0);
	}
	hu_out_puts(&out, "\nOptions:\n");
	for (const struct cli_option *o = command->options;; o++) {
		static const struct cli_option help = {'h', "help", NULL, "this text"};
		const struct cli_option *row = o->name ? o : &help;
		char left[HELP_AT + 32];
		snprintf(left, sizeof(left), "  %c%c%c --%s%s%s", row->letter ? '-' : ' ',
			 row->letter ? row->letter : ' ', row->letter ? ',' : ' ', row->name,
			 row->value ? " " : "", row->value ? row->value : "");
		hu_out_printf(&out, "%-*s", HELP_AT, left);
		if (strlen(left) >= HELP_AT)
			hu_out_printf(&out, "\n%*s", HELP_AT, "");
		put_folded(&out, row->help, HELP_AT);
		if (!o->name)
			break;
	}
	for (const struct cli_option *o = command->options; o->name; o++)
		if (!strcmp(o->name, "limit"))
			put_limits(&out);
	cli_print(hu_out_view(&out));
}
