/* What the hooks for Alibaba Cloud's CDN and DCDN share. */
#ifndef ALI_CDN_H
#define ALI_CDN_H

#include "../acme.h"

/* Uploads the certificate for each of the domains that a setting names, or for the certificate's own. */
int ali_upload(struct api *a, const struct deployment *d, const char *action, const char *setting);

#define ALI_KEYS \
	{ "Ali_Key", "AccessKey id", IN_ACCOUNT, 0, NULL, NULL }, \
	{ \
		"Ali_Secret", "AccessKey secret", SECRET | IN_ACCOUNT, 0, NULL, NULL \
	}
#define ALI_FAULT \
	{ \
		.text = "Message", .code = "Code", .busy = "Throttling.User|Throttling" \
	}

#endif
