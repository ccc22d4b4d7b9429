/* SPDX-License-Identifier: BSD-2-Clause */
#include "framing.h"

static bool next(enum framing *state, char c)
{
	enum framing before = *state;

	*state = c == '\r' ? FRAMING_CR : FRAMING_LINE;
	switch (before) {
	case FRAMING_CR:
		*state = FRAMING_LINE_START;
		return c == '\n';
	case FRAMING_DATA_END:
		return c == '\r';
	case FRAMING_LINE_START:
		return c && c != '\n' && c != ' ' && c != '\t';
	default:
		return c && c != '\n';
	}
}

bool framing_is_strict(enum framing *state, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!next(state, bytes[i]))
			return false;
	return true;
}
