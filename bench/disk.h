#pragma once
/* What a commit costs at least: a page written and fdatasync'ed in the folder; median in ms. */
double disk_fdatasync_ms(const char *folder);
