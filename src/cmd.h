/* The commands, by subject; the table that names them stands in acme.c. Each returns the exit
 * code, or -1 with the run's error set. */
#ifndef CMD_H
#define CMD_H

#include "options.h"
#include "run.h"
#include "store.h"

/* cmd_issue.c */
int cmd_issue(struct run *r, struct options *o);
int cmd_sign_csr(struct run *r, struct options *o);
int cmd_renew(struct run *r, struct options *o);
int cmd_renew_all(struct run *r, struct options *o);
int cmd_cron(struct run *r, struct options *o);

/* cmd_health.c */
int cmd_health(struct run *r, struct options *o);

/* cmd_cert.c */
int cmd_install_cert(struct run *r, struct options *o);
int cmd_revoke(struct run *r, struct options *o);
int cmd_remove(struct run *r, struct options *o);
int cmd_deactivate(struct run *r, struct options *o);

/* cmd_key.c */
int cmd_create_account_key(struct run *r, struct options *o);
int cmd_create_domain_key(struct run *r, struct options *o);
int cmd_create_csr(struct run *r, struct options *o);
int cmd_show_csr(struct run *r, struct options *o);
int cmd_to_pkcs12(struct run *r, struct options *o);
int cmd_to_pkcs8(struct run *r, struct options *o);

/* cmd_account.c */
int cmd_register_account(struct run *r, struct options *o);
int cmd_update_account(struct run *r, struct options *o);
int cmd_update_account_key(struct run *r, struct options *o);
int cmd_deactivate_account(struct run *r, struct options *o);
int cmd_set_default_ca(struct run *r, struct options *o);
int cmd_set_default_chain(struct run *r, struct options *o);

/* cmd_list.c */
int cmd_list(struct run *r, struct options *o);
int cmd_info(struct run *r, struct options *o);
int cmd_list_profiles(struct run *r, struct options *o);

/* cmd_service.c */
int cmd_dns_list(struct run *r, struct options *o);
int cmd_dns_help(struct run *r, struct options *o);
int cmd_deploy_list(struct run *r, struct options *o);
int cmd_deploy_help(struct run *r, struct options *o);
int cmd_notify_list(struct run *r, struct options *o);
int cmd_notify_help(struct run *r, struct options *o);
int cmd_print_table(struct run *r, struct options *o);

/* cmd_dns.c */
int cmd_dns_add(struct run *r, struct options *o);
int cmd_dns_rm(struct run *r, struct options *o);

/* cmd_dns_check.c */
int cmd_dns_check(struct run *r, struct options *o);
int cmd_dns_persist(struct run *r, struct options *o);

/* cmd_setup.c */
int cmd_install(struct run *r, struct options *o);
int cmd_install_online(struct run *r, struct options *o);
int cmd_uninstall(struct run *r, struct options *o);
int cmd_install_cronjob(struct run *r, struct options *o);
int cmd_uninstall_cronjob(struct run *r, struct options *o);

/* cmd_notify.c */
int cmd_set_notify(struct run *r, struct options *o);
int cmd_deploy(struct run *r, struct options *o);

/* cmd_upgrade.c */
int cmd_upgrade(struct run *r, struct options *o);

/* For the commands: the store of the first -d, as --ecc and -k say; must_exist: one that was
 * issued, with the lock held in *lock (may be NULL). */
int cmd_open(struct run *r, const struct options *o, bool must_exist, struct store *store,
    int *lock);

/* Whether the command line means EC keys: SSL.com has a directory for them. */
bool cmd_ecc(const struct options *o);

/* -d names to a spec's main domain and others. */
void cmd_names(struct arena *a, struct strs domains, struct spec *s);

#endif
