/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "page.h"

void page_begin(struct text *t, const char *title, size_t title_length)
{
	text_string(t, "<!DOCTYPE html>\n"
		       "<html lang=\"en\">\n"
		       "<meta charset=\"utf-8\">\n"
		       "<meta name=\"viewport\" "
		       "content=\"width=device-width\">\n"
		       "<title>");
	text_html(t, title, title_length);
	text_string(t, "</title>\n"
		       "<style>\n"
		       "body { font: 1rem/1.5 system-ui, sans-serif; "
		       "margin: 2rem auto; max-width: 50rem; padding: 0 1rem; "
		       "color-scheme: light dark }\n"
		       "h1 { font-size: 1.4rem; overflow-wrap: anywhere }\n"
		       "table { border-collapse: collapse; width: 100% }\n"
		       "th { text-align: left }\n"
		       "td { overflow-wrap: anywhere }\n"
		       "th, td { padding: .15rem 1rem .15rem 0 }\n"
		       "td + td, th + th { text-align: right; "
		       "white-space: nowrap }\n"
		       "</style>\n"
		       "<h1>");
	text_html(t, title, title_length);
	text_string(t, "</h1>\n");
}

void page_end(struct text *t)
{
	text_string(t, "</html>\n");
}

void page_write(struct text *t, const struct status *status, const char *link)
{
	struct text title = { 0 };

	text_format(&title, "%d %s", status->code, status->reason);
	page_begin(t, title.data ? title.data : "", title.length);
	if (status->text) {
		text_string(t, "<p>");
		text_html(t, status->text, strlen(status->text));
		text_string(t, "</p>\n");
	}
	if (link) {
		text_string(t, "<p><a href=\"");
		text_html(t, link, strlen(link));
		text_string(t, "\">");
		text_html(t, link, strlen(link));
		text_string(t, "</a></p>\n");
	}
	page_end(t);
	text_free(&title);
}
