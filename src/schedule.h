/* The daily run: a line in the user's crontab, or a systemd timer where there is no crontab. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "home.h"

struct arena;

/* The crontab's line as acme.sh writes it, at a minute and hour drawn at random. */
char *schedule_line(struct arena *a, const struct home *h);

/* The crontab with our line added (unless one is there) or taken away; every other byte stays. Ours is
 * a line that runs the daily job of this home, acme.sh's own among them; other homes' lines are not. */
char *schedule_add(struct arena *a, const struct home *h, const char *crontab, const char *line);
char *schedule_remove(struct arena *a, const struct home *h, const char *crontab);

/* The systemd service of this home, and the name of its units in that folder: "acme", or one with a
 * suffix where that serves another home. */
char *schedule_service(struct arena *a, const struct home *h);
const char *schedule_unit(struct arena *a, const struct home *h, const char *folder);

/* Installs or removes the daily run, telling what was done. A crontab that cannot be listed is never
 * written. Neither crontab nor systemd: -1 with the line to add by hand. */
int schedule_install(struct arena *a, const struct home *h);
int schedule_uninstall(struct arena *a, const struct home *h);

#endif
