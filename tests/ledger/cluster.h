/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL server of the test's own, in a fresh folder and on a socket
 * there; it ends with the test. Its programs refuse to run as root and then
 * become the user `postgres`. */
#ifndef EXEUNT_TESTS_LEDGER_CLUSTER_H
#define EXEUNT_TESTS_LEDGER_CLUSTER_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

struct cluster {
	char folder[64];
	char uri[128];
	char bin[256];
	uid_t uid; /* of the server */
	gid_t gid;
	pid_t pid;     /* 0: not running */
	char why[128]; /* there is none; "": there is */
};

static inline void
cluster_pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* What the child becomes: not root, quiet, and gone with its parent. */
static inline _Noreturn void
cluster_exec(const struct cluster *c, char *const argv[])
{
	char path[400], log[96];
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(c->gid) != 0 ||
				  setuid(c->uid) != 0))
		_exit(125);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* setuid forgets it */
	snprintf(log, sizeof log, "%s/log", c->folder);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ||
	    chdir(c->folder) != 0)
		_exit(125);
	snprintf(path, sizeof path, "%s/%s", c->bin, argv[0]);
	execv(path, argv);
	_exit(126);
}

static inline bool
cluster_run(const struct cluster *c, char *const argv[])
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		cluster_exec(c, argv);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static inline bool
cluster_find(struct cluster *c)
{
	glob_t found;
	bool there =
	    glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0;
	char *slash;

	if (there) {
		snprintf(c->bin, sizeof c->bin, "%s",
		    found.gl_pathv[found.gl_pathc - 1]);
		slash = strrchr(c->bin, '/');
		*slash = '\0';
		globfree(&found);
	}
	return there;
}

/* Start the server, with one more setting ("fsync=on") where given, and wait
 * until it answers. */
static inline bool
cluster_start(struct cluster *c, const char *setting)
{
	char data[96];
	char *argv[] = { "postgres", "-D", data, "-k", c->folder, "-c",
		"listen_addresses=", "-c", "shared_buffers=64MB", "-c",
		"max_connections=40", "-c",
		(char *)(setting ? setting : "fsync=on"), NULL };

	snprintf(data, sizeof data, "%s/data", c->folder);
	/* After a kill its helpers may still hold what it needs: again. */
	for (int i = 0; i < 200; i++) {
		if (c->pid && waitpid(c->pid, NULL, WNOHANG) == c->pid)
			c->pid = 0;
		if (!c->pid)
			c->pid = fork();
		if (c->pid == 0)
			cluster_exec(c, argv);
		cluster_pause_ms(50);
		if (PQping(c->uri) == PQPING_OK)
			return true;
	}
	return false;
}

/* SIGINT ends it well, SIGKILL as a crash does. */
static inline void
cluster_stop(struct cluster *c, int signal)
{
	if (!c->pid)
		return;
	kill(c->pid, signal);
	waitpid(c->pid, NULL, 0);
	c->pid = 0;
}

static inline int
cluster_unlink(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static inline void
cluster_end(struct cluster *c)
{
	cluster_stop(c, SIGINT);
	if (c->folder[0])
		nftw(c->folder, cluster_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* A new one, running; or `why` says what is missing. */
static inline void
cluster_make(struct cluster *c)
{
	struct passwd *user = getpwnam("postgres");
	char data[96];
	char *argv[] = { "initdb", "-D", data, "-A", "trust", "-U", "exeunt",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
		NULL };

	*c = (struct cluster){ .folder = "/tmp/exeunt-postgres-XXXXXX" };
	if (!cluster_find(c))
		strcpy(c->why, "PostgreSQL is not installed");
	else if (geteuid() == 0 && !user)
		strcpy(c->why, "there is no user postgres to become");
	else if (!mkdtemp(c->folder))
		strcpy(c->why, "there is no room in /tmp");
	if (c->why[0]) {
		c->folder[0] = '\0';
		return;
	}
	c->uid = user && geteuid() == 0 ? user->pw_uid : geteuid();
	c->gid = user && geteuid() == 0 ? user->pw_gid : getegid();
	snprintf(data, sizeof data, "%s/data", c->folder);
	snprintf(c->uri, sizeof c->uri, "postgres://exeunt@/postgres?host=%s",
	    c->folder);
	if (chown(c->folder, c->uid, c->gid) != 0 || !cluster_run(c, argv) ||
	    !cluster_start(c, NULL))
		snprintf(
		    c->why, sizeof c->why, "PostgreSQL does not start here");
}

/* SQL behind the ledger's back; the first column of the first row into `out`
 * where given. */
static inline bool
cluster_sql(const struct cluster *c, const char *text, char *out, size_t size)
{
	PGconn *link = PQconnectdb(c->uri);
	PGresult *r = PQexec(link, text);
	ExecStatusType what = PQresultStatus(r);
	bool good = what == PGRES_COMMAND_OK || what == PGRES_TUPLES_OK;

	if (!good)
		fprintf(stderr, "# %s: %s", text, PQerrorMessage(link));
	if (out)
		snprintf(out, size, "%s",
		    PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
	PQclear(r);
	PQfinish(link);
	return good;
}

/* As if no ledger had ever been there. */
static inline bool
cluster_clear(const struct cluster *c)
{
	return cluster_sql(c,
	    "SET client_min_messages = warning;"
	    "DROP SCHEMA IF EXISTS exeunt CASCADE",
	    NULL, 0);
}

#endif
