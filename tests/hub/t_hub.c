/* SPDX-License-Identifier: Apache-2.0 */
/* A hub from its beginning to its end, inside this process. */
#include "test.h"

#include "parts.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 8

static char dir[] = "/tmp/exeunt-test-XXXXXX";

static struct ex_hub_settings
settings(void)
{
	struct ex_hub_settings s;
	struct ex_error err = { 0 };
	char path[64], text[400];

	snprintf(path, sizeof path, "%s/hub.conf", dir);
	snprintf(text, sizeof text,
	    "[hub]\nlisten = 127.0.0.1:0\nledger = sqlite:hub.db\n"
	    "vault = vault\nmaster-key = master\nsame-disk = yes\n");
	if (ex_hub_settings_parse(path,
		(struct ex_bytes){ (const uint8_t *)text, strlen(text) }, &s,
		&err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return s;
}

static void
make_vault(void)
{
	const struct ex_hub_settings s = settings();
	const struct ex_vault_options o = { .dir = s.vault,
		.master = s.master_key,
		.same_disk = true,
		.make = true };
	struct ex_vault *v;
	struct ex_error err = { 0 };

	if (ex_vault_open(&o, &v, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	ex_vault_close(&v);
}

static int
connect_to(const char *url)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1));
	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

/* What comes back to one GET; its status. */
static int
get(const char *url, const char *path)
{
	char text[4096];
	int fd = connect_to(url), status = 0;
	size_t got = 0;

	snprintf(text, sizeof text,
	    "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    path);
	assert_true(send(fd, text, strlen(text), MSG_NOSIGNAL) > 0);
	for (ssize_t n;
	     got + 1 < sizeof text &&
	     (n = recv(fd, text + got, sizeof text - 1 - got, 0)) > 0;)
		got += (size_t)n;
	text[got] = '\0';
	close(fd);
	sscanf(text, "HTTP/1.1 %d", &status);
	return status;
}

static void
a_hub_begins_serves_and_ends(void **state)
{
	struct ex_hub_settings s = settings();
	struct ex_error err = { 0 };
	struct ex_hub *h;

	(void)state;
	for (int i = 0; i < 3; i++) {
		if (ex_hub_new(&s, NULL, &h, &err) != EX_OK ||
		    ex_hub_start(h, &err) != EX_OK)
			fail_msg("%s: %s", err.what, err.why);
		assert_int_equal(get(ex_hub_url(h), "/v1/health"), 200);
		assert_int_equal(get(ex_hub_url(h), "/"), 404);
		ex_hub_stop(h);
		ex_hub_free(&h);
		assert_null(h);
	}
}

struct client {
	const char *url;
	unsigned good;
	pthread_t thread;
};

static void *
ask(void *arg)
{
	static const char *const paths[] = { "/v1/health", "/v1/openapi.json",
		"/v1/session", "/v1/none" };
	static const int wanted[] = { 200, 200, 401, 404 };
	struct client *c = arg;

	for (int i = 0; i < 40; i++)
		c->good += get(c->url, paths[i % 4]) == wanted[i % 4];
	return NULL;
}

static void
many_are_served_at_once(void **state)
{
	struct ex_hub_settings s = settings();
	struct client clients[CLIENTS];
	struct ex_hub_counts counts;
	struct ex_error err = { 0 };
	struct ex_hub *h;

	(void)state;
	assert_int_equal(ex_hub_new(&s, NULL, &h, &err), EX_OK);
	assert_int_equal(ex_hub_start(h, &err), EX_OK);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .url = ex_hub_url(h) };
		assert_int_equal(
		    pthread_create(&clients[i].thread, NULL, ask, &clients[i]),
		    0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i].thread, NULL);
		assert_int_equal(clients[i].good, 40);
	}
	ex_hub_counts(h, &counts);
	assert_int_equal((unsigned)counts.requests[2], CLIENTS * 20);
	assert_int_equal((unsigned)counts.requests[4], CLIENTS * 20);
	ex_hub_free(&h);
}

static void
an_address_that_is_taken_is_told(void **state)
{
	struct ex_hub_settings s = settings();
	struct ex_hub *one, *two;
	struct ex_error err = { 0 };

	(void)state;
	assert_int_equal(ex_hub_new(&s, NULL, &one, &err), EX_OK);
	assert_int_equal(ex_hub_start(one, &err), EX_OK);
	snprintf(s.listen, sizeof s.listen, "127.0.0.1%s",
	    strrchr(ex_hub_url(one), ':'));
	assert_int_equal(ex_hub_new(&s, NULL, &two, &err), EX_OK);
	assert_int_equal(ex_hub_start(two, &err), EX_ERR_ENVIRONMENT);
	assert_non_null(strstr(err.why, "listen"));
	ex_hub_free(&two);
	assert_int_equal(get(ex_hub_url(one), "/v1/health"), 200);
	ex_hub_free(&one);
}

static void
what_is_missing_is_told(void **state)
{
	struct ex_hub_settings s = settings();
	struct ex_hub *h = NULL;
	struct ex_error err = { 0 };

	(void)state;
	assert_int_equal(ex_hub_check(&s, NULL, &err), EX_OK);
	assert_int_equal(ex_hub_new(&s, dir, &h, &err), EX_ERR_NOT_FOUND);
	assert_null(h);
	snprintf(s.vault, sizeof s.vault, "%s/none", dir);
	assert_true(ex_hub_new(&s, NULL, &h, &err) < 0);
	assert_null(h);
	assert_true(ex_hub_check(&s, NULL, &err) < 0);
	s = settings();
	snprintf(s.ledger, sizeof s.ledger, "sqlite:%s/none/hub.db", dir);
	assert_true(ex_hub_new(&s, NULL, &h, &err) < 0);
	assert_null(h);
}

static void
each_failed_allocation_is_told(void **state)
{
	struct ex_hub_settings s = settings();
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_error err = { 0 };
	struct ex_hub *h;
	long n = 0;

	(void)state;
	/* Some way behind the first, each is as the one before. */
	while (status != EX_OK && n < 4000) {
		ex_calloc_fail_after(n);
		n += n < 200 ? 1 : 17;
		status = ex_hub_new(&s, NULL, &h, &err);
		ex_calloc_fail_after(-1);
		if (status != EX_OK) {
			assert_null(h);
			assert_int_equal(status, err.status);
		}
		ex_hub_free(&h);
	}
	assert_int_equal(status, EX_OK);
	assert_true(n > 10);
}

static int
drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hub_begins_serves_and_ends),
		cmocka_unit_test(many_are_served_at_once),
		cmocka_unit_test(an_address_that_is_taken_is_told),
		cmocka_unit_test(what_is_missing_is_told),
		cmocka_unit_test(each_failed_allocation_is_told),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	make_vault();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	nftw(dir, drop, 8, FTW_DEPTH | FTW_PHYS);
	return failed;
}
