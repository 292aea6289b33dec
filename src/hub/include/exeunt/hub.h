/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * hub: the HTTP interface to a ledger, for lanes, officers and auditors, with
 * sign-in, roles, live events and the console's files. Its promises:
 *
 * (H1) Deny by default: a route names the roles it is for, or does not compile;
 *      who asks is known before a body is read.
 * (H2) 201 is sent after the durable commit, never before.
 * (H3) A slow or hostile client costs one connection, and that for a bounded
 *      time; it never delays another's answer.
 * (H4) Passwords and tokens are kept as hashes; a session lives in memory.
 * (H5) No path of a request reaches the file system.
 * (H6) Plain HTTP on loopback only.
 *
 * Nothing here takes a face and asks whose it is: the hub receives facts.
 */
#ifndef EXEUNT_HUB_H
#define EXEUNT_HUB_H

#include "exeunt/base.h"
#include "exeunt/ledger.h"

/* ---- configuration ----------------------------------------------------- */

/** hub.conf as read; settings.inc says what each member is. */
struct ex_hub_settings {
#define EX_MEMBER_TEXT(member, most)   char member[(most) + 1];
#define EX_MEMBER_WORD(member, most)   int member;
#define EX_MEMBER_YES_NO(member, most) bool member;
#define EX_MEMBER_WHOLE(member, most)  int64_t member;
#define EX_MEMBER_REAL(member, most)   double member;
#define EX_SETTING(                                                            \
    section, key, kind, member, standard, least, most, words, shown, help)     \
	EX_MEMBER_##kind(member, most)
#include "exeunt/settings.inc"
#undef EX_SETTING
#undef EX_MEMBER_TEXT
#undef EX_MEMBER_WORD
#undef EX_MEMBER_YES_NO
#undef EX_MEMBER_WHOLE
#undef EX_MEMBER_REAL
	/** [retention], its terms read. */
	struct ex_retention retention;
};

/** Whether GET /v1/configuration tells a setting. */
enum ex_setting_shown { EX_SETTING_HIDDEN, EX_SETTING_SHOWN };
struct ex_setting {
	struct ex_ini_key key; /**< `at` is into struct ex_hub_settings */
	enum ex_setting_shown shown;
	const char *help;
};
/** All of them, `*n` rows. */
const struct ex_setting *ex_hub_settings_table(size_t *n);

/**
 * Read hub.conf. Relative paths in it, a ledger's too, start at its folder.
 *
 * @return EX_OK; as ex_ini_read; EX_ERR_FORMAT naming file, line and key also
 *         for a term that is none, names that are none, a listening address
 *         off loopback without [tls], half a [tls]
 */
enum ex_status ex_hub_settings_read(
    const char *path, struct ex_hub_settings *out, struct ex_error *err);
/** The same from memory; `path` gives name and folder. */
enum ex_status ex_hub_settings_parse(const char *path, struct ex_bytes text,
    struct ex_hub_settings *out, struct ex_error *err);

/* ---- running ----------------------------------------------------------- */

struct ex_hub;
/**
 * A hub that does not listen yet: ledger and vault opened (made where absent),
 * certificate and console read.
 *
 * @param console folder of the console where the settings name none; NULL: no
 *                console is served
 * @param out     ex_hub_free
 * @return EX_OK; what opening the parts returns; EX_ERR_ENVIRONMENT (TLS)
 */
enum ex_status ex_hub_new(const struct ex_hub_settings *s, const char *console,
    struct ex_hub **out, struct ex_error *err);
/**
 * Would ex_hub_new find all it needs? Makes nothing.
 * @return as ex_hub_new; also EX_ERR_DATABASE where there is no ledger yet
 */
enum ex_status ex_hub_check(
    const struct ex_hub_settings *s, const char *console, struct ex_error *err);
/** Listen and answer, in threads of its own. @return EX_OK;
 *  EX_ERR_ENVIRONMENT: the address is taken or not ours */
enum ex_status ex_hub_start(struct ex_hub *h, struct ex_error *err);
/** Where it listens: "http://127.0.0.1:8080". Valid until ex_hub_free. */
const char *ex_hub_url(const struct ex_hub *h);
/** Stop listening, end what runs, commit what was promised. */
void ex_hub_stop(struct ex_hub *h);
/** Stop if need be, close everything, free; NULL is fine. */
void ex_hub_free(struct ex_hub **hub);

/**
 * Say in the audit chain what the operator did at the machine itself.
 * @param detail may be NULL
 */
enum ex_status ex_hub_note(struct ex_ledger *l, enum ex_action action,
    const char *subject, const char *detail, struct ex_error *err);

/* ---- people and programs ----------------------------------------------- */

#define EX_USER_SIZE     33
#define EX_LANGUAGE_SIZE 3
struct ex_user {
	char name[EX_USER_SIZE]; /**< [a-z0-9._-]{1,32} */
	char role[12];           /**< officer, supervisor, auditor, admin */
	char password[EX_PASSWORD_SIZE]; /**< stored form; "": cannot sign in */
	char language[EX_LANGUAGE_SIZE]; /**< en, es, fr */
	bool disabled;
	int64_t changed_ms; /**< sessions from before it end */
	/** Who made it, or gave it a password since, over the API; "": the
	 *  command line. */
	char by[EX_ACTOR_SIZE];
};
/** @return EX_OK; EX_ERR_NOT_FOUND; EX_ERR_DATABASE; EX_ERR_NOMEM */
enum ex_status ex_user_get(struct ex_ledger *l, const char *name,
    struct ex_user *out, struct ex_error *err);
/** @return EX_OK; EX_ERR_INPUT naming the field; EX_ERR_DATABASE */
enum ex_status ex_user_put(
    struct ex_ledger *l, const struct ex_user *u, struct ex_error *err);
/** @return EX_OK; EX_ERR_NOT_FOUND; EX_ERR_DATABASE */
enum ex_status ex_user_drop(
    struct ex_ledger *l, const char *name, struct ex_error *err);
/** Visit the users, names rising. */
typedef enum ex_status ex_user_visit(const struct ex_user *u, void *arg);
enum ex_status ex_user_each(
    struct ex_ledger *l, ex_user_visit *visit, void *arg, struct ex_error *err);
/** Set the stored form of a password. @return EX_OK; EX_ERR_INPUT unless of 12
 *  to 256 bytes; EX_ERR_INTERNAL */
enum ex_status ex_user_password(
    struct ex_user *u, const char *password, struct ex_error *err);

#define EX_TOKEN_ID_SIZE   17 /**< 16 hex digits and the NUL */
#define EX_TOKEN_TEXT_SIZE 72 /**< "exeunt-", 64 hex digits and the NUL */
struct ex_token {
	char id[EX_TOKEN_ID_SIZE];
	char role[12];           /**< lane, auditor */
	char name[EX_USER_SIZE]; /**< of the lane, or what the program is */
	int64_t made_ms;
};
/**
 * Make a token and keep its hash.
 * @param t    role and name given, the rest filled in
 * @param text the token itself, told this once; wipe
 * @return EX_OK; EX_ERR_INPUT naming the field; EX_ERR_DATABASE;
 *         EX_ERR_INTERNAL
 */
enum ex_status ex_token_make(struct ex_ledger *l, struct ex_token *t,
    char text[static EX_TOKEN_TEXT_SIZE], struct ex_error *err);
/** @return EX_OK; EX_ERR_NOT_FOUND; EX_ERR_DATABASE */
enum ex_status ex_token_drop(
    struct ex_ledger *l, const char *id, struct ex_error *err);
/** Visit the tokens, in no order that means anything. */
typedef enum ex_status ex_token_visit(const struct ex_token *t, void *arg);
enum ex_status ex_token_each(struct ex_ledger *l, ex_token_visit *visit,
    void *arg, struct ex_error *err);
/** Whose is this? @return EX_OK; EX_ERR_NOT_FOUND; EX_ERR_DATABASE */
enum ex_status ex_token_find(struct ex_ledger *l, const char *text,
    struct ex_token *out, struct ex_error *err);

#endif
