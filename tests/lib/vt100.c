#include "vt100.h"

#include <stdio.h>
#include <string.h>

static void problem(struct vt *vt, const char *what)
{
	if (vt->problem[0])
		return;
	snprintf(vt->problem, sizeof(vt->problem),
		 "%s at row %u, column %u, after \"%.*s\"", what, vt->row,
		 vt->col, (int)vt->pending_len, vt->pending);
}

static void set(struct vt_cell *cell, const char *text, uint8_t attr)
{
	size_t len = strnlen(text, sizeof(cell->text) - 1);

	memcpy(cell->text, text, len);
	cell->text[len] = '\0';
	cell->attr = attr;
}

static void erase(struct vt *vt, unsigned row, unsigned from)
{
	if (vt->attr)
		problem(vt, "erased with attributes on");
	for (unsigned col = from; col < vt->cols; col++)
		set(&vt->cell[row][col], " ", 0);
}

void vt_init(struct vt *vt, unsigned rows, unsigned cols)
{
	memset(vt, 0, sizeof(*vt));
	vt->rows = rows;
	vt->cols = cols;
	vt->row = rows - 1;
	vt->col = cols / 2;
	for (unsigned row = 0; row < rows; row++)
		for (unsigned col = 0; col < cols; col++)
			set(&vt->cell[row][col], "#", VT_REVERSE);
}

static void line_feed(struct vt *vt)
{
	if (vt->row + 1 < vt->rows) {
		vt->row++;
		return;
	}
	if (!vt->may_scroll)
		problem(vt, "scrolled");
	memmove(vt->cell[0], vt->cell[1], (vt->rows - 1) * sizeof(vt->cell[0]));
	vt->scrolled++;
	erase(vt, vt->row, 0);
}

static void control(struct vt *vt, char byte)
{
	switch (byte) {
	case '\r':
		vt->col = 0;
		break;
	case '\n':
		line_feed(vt);
		break;
	case '\017': /* SI: character set G0 */
		break;
	default:
		problem(vt, "a control code");
	}
}

static void print(struct vt *vt, const char *character, unsigned width)
{
	/* the last column is where terminals differ */
	if (vt->col + width > vt->cols - 1) {
		problem(vt, "the last column was used");
		return;
	}
	set(&vt->cell[vt->row][vt->col], character, vt->attr);
	if (width == 2)
		set(&vt->cell[vt->row][vt->col + 1], "", vt->attr);
	vt->col += width;
}

static void move(struct vt *vt, unsigned row, unsigned col)
{
	row = row ? row : 1;
	col = col ? col : 1;
	vt->row = (row > vt->rows ? vt->rows : row) - 1;
	vt->col = (col > vt->cols ? vt->cols : col) - 1;
}

static void set_attr(struct vt *vt, unsigned number)
{
	if (number == 0)
		vt->attr = 0;
	else if (number == 1)
		vt->attr |= VT_BOLD;
	else if (number == 7)
		vt->attr |= VT_REVERSE;
	else if (vt->has_colour && number == 31)
		vt->attr = (uint8_t)((vt->attr & ~VT_GREEN) | VT_RED);
	else if (vt->has_colour && number == 32)
		vt->attr = (uint8_t)((vt->attr & ~VT_RED) | VT_GREEN);
	else
		problem(vt, "an attribute a VT100 does not have");
}

static void erase_page(struct vt *vt)
{
	for (unsigned row = 0; row < vt->rows; row++)
		erase(vt, row, 0);
}

/* vt->pending is a whole CSI sequence. */
static void run_csi(struct vt *vt)
{
	const char *seq = vt->pending + 2;
	char final = vt->pending[vt->pending_len - 1];
	unsigned a = 0, b = 0;

	sscanf(seq, "%u;%u", &a, &b);
	if (final == 'H')
		move(vt, a, b);
	else if (!strcmp(seq, "K"))
		erase(vt, vt->row, vt->col);
	else if (!strcmp(seq, "2J"))
		erase_page(vt);
	else if (final == 'm' && !strchr(seq, ';'))
		set_attr(vt, a);
	else if (!strcmp(seq, "6n") || !strcmp(seq, "18t"))
		vt->asked_size++;
	else if (!strcmp(seq, "?25l") || !strcmp(seq, "?25h"))
		vt->cursor_hidden = final == 'l';
	else if (!strcmp(seq, "?2004l") || !strcmp(seq, "?2004h"))
		vt->paste_marked = final == 'h';
	else if (strcmp(seq, "r"))
		problem(vt, "an unknown sequence");
}

/* Whether what is pending is a whole sequence; acts on it if so. */
static bool run_escape(struct vt *vt)
{
	char last = vt->pending[vt->pending_len - 1];

	if (vt->pending_len < 2)
		return false;
	if (vt->pending[1] == '[') {
		if (vt->pending_len < 3 || last < '@' || last > '~')
			return false;
		run_csi(vt);
		return true;
	}
	if (vt->pending[1] == '(') {
		if (vt->pending_len == 3 && last != 'B')
			problem(vt, "an unknown character set");
		return vt->pending_len == 3;
	}
	if (last != '7' && last != '8') /* save and restore the cursor */
		problem(vt, "an unknown escape");
	return true;
}

static bool run_character(struct vt *vt)
{
	struct span all = span_of(vt->pending, vt->pending_len);
	unsigned char lead = (unsigned char)vt->pending[0];
	size_t want = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	unsigned width;
	bool valid;

	if (vt->pending_len < want)
		return false;
	if (utf8_next(all, &width, &valid) != want || !valid || !width)
		problem(vt, "a character that is not to be shown");
	else
		print(vt, vt->pending, width);
	return true;
}

void vt_feed(struct vt *vt, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		char byte = (char)bytes.ptr[i];
		bool done;

		if (!vt->pending_len && byte >= 0 && byte < ' ' &&
		    byte != '\033') {
			control(vt, byte);
			continue;
		}
		if (vt->pending_len + 1 >= sizeof(vt->pending)) {
			problem(vt, "a sequence without end");
			return;
		}
		vt->pending[vt->pending_len++] = byte;
		vt->pending[vt->pending_len] = '\0';
		done = vt->pending[0] == '\033' ? run_escape(vt)
						: run_character(vt);
		if (done)
			vt->pending_len = 0;
	}
}

static void print_attrs(const struct vt *vt, unsigned row, struct text *out)
{
	static const char *const names[] = { "bold ", "reverse ", "red ",
					     "green " };
	const struct vt_cell *line = vt->cell[row];

	for (unsigned col = 0; col < vt->cols; col++) {
		unsigned from = col;

		while (col + 1 < vt->cols && line[col + 1].attr &&
		       line[col + 1].attr == line[from].attr)
			col++;
		if (!line[from].attr)
			continue;
		text_addf(out, "~ row %u: ", row);
		for (unsigned bit = 0; bit < 4; bit++)
			if (line[from].attr & 1U << bit)
				text_add(out, names[bit]);
		text_addf(out, "%u-%u\n", from, col);
	}
}

void vt_print(const struct vt *vt, struct text *out)
{
	for (unsigned row = 0; row < vt->rows; row++) {
		const struct vt_cell *line = vt->cell[row];
		unsigned end = vt->cols;

		while (end && !strcmp(line[end - 1].text, " "))
			end--;
		for (unsigned col = 0; col < end; col++)
			text_add(out, line[col].text);
		text_add_char(out, '\n');
	}
	for (unsigned row = 0; row < vt->rows; row++)
		print_attrs(vt, row, out);
}
