/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

enum ex_status
ex_sha256(struct ex_bytes data, uint8_t out[static EX_SHA256_SIZE])
{
	/* OpenSSL takes no NULL, even of no bytes. */
	if (EVP_Digest(data.size ? data.data : out, data.size, out, NULL,
		EVP_sha256(), NULL))
		return EX_OK;
	ex_wipe(out, EX_SHA256_SIZE);
	return EX_ERR_INTERNAL;
}

static enum ex_status
open_file(const char *path, int *fd, struct ex_error *err)
{
	struct stat st;

	/* O_NONBLOCK: a pipe with no writer must not hold the caller. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0)
		return ex_fail(err,
		    errno == ENOENT || errno == ENOTDIR ? EX_ERR_NOT_FOUND
							: EX_ERR_INPUT,
		    path, "%s", strerror(errno));
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ex_fail(err, EX_ERR_INPUT, path, "not a regular file");
	return EX_OK;
}

static enum ex_status
hash_rest(EVP_MD_CTX *ctx, int fd, const char *path, struct ex_error *err)
{
	uint8_t piece[16384];
	ssize_t n;

	while ((n = read(fd, piece, sizeof piece)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ex_fail(
			    err, EX_ERR_INPUT, path, "%s", strerror(errno));
		if (!EVP_DigestUpdate(ctx, piece, (size_t)n))
			return ex_fail(err, EX_ERR_INTERNAL, path, NULL);
	}
	return EX_OK;
}

enum ex_status
ex_sha256_file(
    const char *path, uint8_t out[static EX_SHA256_SIZE], struct ex_error *err)
{
	enum ex_status status;
	EVP_MD_CTX *ctx = NULL;
	int fd;

	memset(out, 0, EX_SHA256_SIZE);
	status = open_file(path, &fd, err);
	if (status != EX_OK)
		goto out;
	ctx = EVP_MD_CTX_new();
	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL)) {
		status = ex_fail(err, EX_ERR_INTERNAL, path, NULL);
		goto out;
	}
	status = hash_rest(ctx, fd, path, err);
	if (status == EX_OK && !EVP_DigestFinal_ex(ctx, out, NULL)) {
		memset(out, 0, EX_SHA256_SIZE);
		status = ex_fail(err, EX_ERR_INTERNAL, path, NULL);
	}
out:
	EVP_MD_CTX_free(ctx);
	if (fd >= 0)
		close(fd);
	return status;
}
