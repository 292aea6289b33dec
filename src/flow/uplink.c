/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lane's line to its hub. TLS 1.2 or newer with the hub's certificate
 * checked, a token or a certificate of our own, one connection kept open; no
 * proxy, no redirect, no cookie; an answer of at most ANSWER_MOST bytes.
 */
#include "uplink.h"

#include <curl/curl.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ANSWER_MOST ((size_t)4 << 20)
#define TOKEN_MOST  512
#define CONNECT_MS  10000L

struct ex_uplink {
	struct ex_uplink_url url;
	char bearer[TOKEN_MOST + 32]; /* "Authorization: Bearer ..."; or "" */
	CURL *curl;
	struct curl_slist *pin;
	char why[CURL_ERROR_SIZE];
	atomic_bool cut;
};

/* ---- opening ------------------------------------------------------------ */

static void
start_library(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Whoever can read it can act for the lane. */
static enum ex_status
check_secret(const char *path, struct ex_error *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & 077) != 0)
		return ex_fail(err, EX_ERR_ENVIRONMENT, path,
		    "must be this user's alone (mode 0600)");
	return EX_OK;
}

static enum ex_status
read_token(struct ex_uplink *u, const char *path, struct ex_error *err)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~+/="; /* RFC 6750, 2.1 */
	struct ex_blob blob = { 0 };
	enum ex_status status = check_secret(path, err);
	size_t n;

	if (status == EX_OK)
		status = ex_file_read(path, TOKEN_MOST, &blob, err);
	if (status != EX_OK)
		return status;
	n = blob.size ? strspn((const char *)blob.data, letters) : 0;
	/* ex_file_read ends its bytes with a NUL of its own. */
	if (n == 0 || blob.size - n > 1 ||
	    (blob.size > n && blob.data[n] != '\n'))
		status =
		    ex_fail(err, EX_ERR_FORMAT, path, "does not hold a token");
	else
		snprintf(u->bearer, sizeof u->bearer,
		    "Authorization: Bearer %.*s", (int)n,
		    (const char *)blob.data);
	ex_wipe(blob.data, blob.size);
	ex_blob_free(&blob);
	return status;
}

static int
was_cut(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct ex_uplink *u = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return atomic_load(&u->cut);
}

/* Whatever of it curl refuses, the lane must not go on without. */
static bool
set_options(struct ex_uplink *u, const struct ex_uplink_options *o)
{
	CURL *c = u->curl;
	bool ok = true;

#define SET(option, value) (ok = ok && curl_easy_setopt(c, option, value) == 0)
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, u->url.tls ? "https" : "http");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_USERAGENT, "exeunt/" EX_VERSION);
	SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_ERRORBUFFER, u->why);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, was_cut);
	SET(CURLOPT_XFERINFODATA, u);
	if (o->ca_file) { /* and nobody whom the system trusts besides */
		SET(CURLOPT_CAINFO, o->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	if (o->cert_file)
		SET(CURLOPT_SSLCERT, o->cert_file);
	if (o->key_file)
		SET(CURLOPT_SSLKEY, o->key_file);
	if (u->pin)
		SET(CURLOPT_RESOLVE, u->pin);
#undef SET
	return ok;
}

static enum ex_status
check_options(const struct ex_uplink_options *o, struct ex_error *err)
{
	if (!o->cert_file != !o->key_file)
		return ex_fail(err, EX_ERR_USAGE,
		    o->cert_file ? "--hub-key" : "--hub-cert", "is missing");
	if (!o->token_file && !o->cert_file)
		return ex_fail(err, EX_ERR_USAGE, "--hub-token",
		    "is missing (or --hub-cert and --hub-key)");
	return o->key_file ? check_secret(o->key_file, err) : EX_OK;
}

enum ex_status
ex_uplink_open(const struct ex_uplink_options *o, struct ex_uplink **out,
    struct ex_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct ex_uplink *u = ex_calloc(1, sizeof *u);
	enum ex_status status;

	*out = NULL;
	if (!u)
		return ex_fail(err, EX_ERR_NOMEM, "--hub", NULL);
	pthread_once(&once, start_library);
	status = ex_uplink_url_parse(o->url, &u->url, err);
	if (status == EX_OK)
		status = check_options(o, err);
	if (status == EX_OK && o->token_file)
		status = read_token(u, o->token_file, err);
	if (status == EX_OK) {
		u->curl = curl_easy_init();
		if (u->url.pin[0])
			u->pin = curl_slist_append(NULL, u->url.pin);
		if (!u->curl || (u->url.pin[0] && !u->pin))
			status = ex_fail(err, EX_ERR_NOMEM, "--hub", NULL);
		else if (!set_options(u, o))
			status = ex_fail(err, EX_ERR_ENVIRONMENT, "--hub",
			    "curl lacks what this needs");
	}
	if (status == EX_OK)
		*out = u;
	else
		ex_uplink_close(&u);
	return status;
}

void
ex_uplink_close(struct ex_uplink **uplink)
{
	struct ex_uplink *u = *uplink;

	if (!u)
		return;
	curl_easy_cleanup(u->curl);
	curl_slist_free_all(u->pin);
	ex_wipe(u, sizeof *u);
	free(u);
	*uplink = NULL;
}

void
ex_uplink_cut(struct ex_uplink *u)
{
	atomic_store(&u->cut, true);
}

/* ---- an exchange -------------------------------------------------------- */

struct receiving {
	struct ex_blob blob;
	size_t room;
	bool too_large, no_memory;
};

static size_t
receive(char *data, size_t size, size_t n, void *arg)
{
	struct receiving *r = arg;

	(void)size; /* is 1 */
	if (n > ANSWER_MOST - r->blob.size) {
		r->too_large = true;
		return 0;
	}
	if (r->room - r->blob.size < n) {
		size_t room = 2 * (r->blob.size + n) + 1024;
		uint8_t *more = ex_calloc(room, 1);

		if (!more) {
			r->no_memory = true;
			return 0;
		}
		if (r->blob.size)
			memcpy(more, r->blob.data, r->blob.size);
		ex_wipe(r->blob.data, r->blob.size);
		free(r->blob.data);
		r->blob.data = more;
		r->room = room;
	}
	memcpy(r->blob.data + r->blob.size, data, n);
	r->blob.size += n;
	return n;
}

/* Adds to the list; on failure the list goes, and with it the request. */
static bool
add_header(struct curl_slist **list, const char *name, const char *value)
{
	char line[TOKEN_MOST + 64];
	struct curl_slist *longer;

	snprintf(line, sizeof line, "%s%s", name, value);
	longer = curl_slist_append(*list, line);
	ex_wipe(line, sizeof line);
	if (!longer)
		curl_slist_free_all(*list);
	*list = longer;
	return longer != NULL;
}

static struct curl_slist *
make_headers(const struct ex_uplink *u, const struct ex_uplink_call *call)
{
	struct curl_slist *list = NULL;
	bool ok = add_header(&list, "Expect:", "");

	if (ok && u->bearer[0])
		ok = add_header(&list, u->bearer, "");
	if (ok && call->type)
		ok = add_header(&list, "Content-Type: ", call->type);
	if (ok && call->key)
		add_header(&list, "Idempotency-Key: ", call->key);
	return list;
}

static void
set_call(struct ex_uplink *u, const struct ex_uplink_call *call,
    const char *url, struct curl_slist *headers, struct receiving *to)
{
	CURL *c = u->curl;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)call->most_ms);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, to);
	if (call->type) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)call->body.size);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS,
		    call->body.size ? (const char *)call->body.data : "");
		curl_easy_setopt(c, CURLOPT_POST, 1L);
	} else {
		curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	}
}

static enum ex_status
result(struct ex_uplink *u, struct ex_uplink_call *call, CURLcode code,
    struct receiving *r, struct ex_error *err)
{
	curl_off_t after = 0;

	if (code == CURLE_OK) {
		curl_easy_getinfo(
		    u->curl, CURLINFO_RESPONSE_CODE, &call->status);
		curl_easy_getinfo(u->curl, CURLINFO_RETRY_AFTER, &after);
		call->after_s = after > 0 ? (int64_t)after : 0;
		call->answer = r->blob;
		return EX_OK;
	}
	ex_wipe(r->blob.data, r->blob.size);
	ex_blob_free(&r->blob);
	if (r->no_memory || code == CURLE_OUT_OF_MEMORY)
		return ex_fail(err, EX_ERR_NOMEM, u->url.base, NULL);
	if (r->too_large)
		return ex_fail(err, EX_ERR_ENVIRONMENT, u->url.base,
		    "answers with more than %zu bytes", ANSWER_MOST);
	return ex_fail(err, EX_ERR_ENVIRONMENT, u->url.base, "%s",
	    u->why[0] ? u->why : curl_easy_strerror(code));
}

enum ex_status
ex_uplink_exchange(
    struct ex_uplink *u, struct ex_uplink_call *call, struct ex_error *err)
{
	char url[sizeof u->url.base + 256];
	struct receiving to = { 0 };
	struct curl_slist *headers = make_headers(u, call);
	CURLcode code;

	call->status = 0;
	call->after_s = 0;
	call->answer = (struct ex_blob){ 0 };
	if (!headers)
		return ex_fail(err, EX_ERR_NOMEM, u->url.base, NULL);
	snprintf(url, sizeof url, "%s%s", u->url.base, call->path);
	set_call(u, call, url, headers, &to);
	u->why[0] = '\0';
	code = curl_easy_perform(u->curl);
	/* curl keeps what it was given: it must not outlive this call. */
	curl_easy_setopt(u->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(u->curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(headers);
	return result(u, call, code, &to, err);
}
