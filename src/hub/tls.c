/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: the hub's own, and those that lanes show. */
#include "parts.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#define PEM_MOST (256 * 1024)

/* TLS 1.2 and 1.3, keys agreed afresh for each connection, authenticated
 * ciphers. */
const char ex_tls_priorities[] =
    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:"
    "-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD";

static enum ex_status
read_pem(const char *path, char **out, struct ex_error *err)
{
	struct ex_blob file;
	enum ex_status status;

	*out = NULL;
	if (!*path)
		return EX_OK;
	status = ex_file_read(path, PEM_MOST, &file, err);
	if (status != EX_OK)
		return status;
	*out = ex_calloc(file.size + 1, 1);
	if (*out)
		memcpy(*out, file.data, file.size);
	ex_wipe(file.data, file.size);
	ex_blob_free(&file);
	return *out ? EX_OK : ex_fail(err, EX_ERR_NOMEM, path, NULL);
}

static gnutls_datum_t
datum(char *pem)
{
	return (gnutls_datum_t){ (unsigned char *)pem, (unsigned)strlen(pem) };
}

/* Asked first: GnuTLS 3.7 loses memory over a certificate that is none when it
 * comes with its key. */
static int
look_at(const gnutls_datum_t *pem)
{
	gnutls_x509_crt_t crt;
	int n = gnutls_x509_crt_init(&crt);

	if (n < 0)
		return n;
	n = gnutls_x509_crt_import(crt, pem, GNUTLS_X509_FMT_PEM);
	gnutls_x509_crt_deinit(crt);
	return n;
}

/* The server itself would only say that it does not start. */
static enum ex_status
check_pair(const struct ex_hub_settings *s, const struct ex_tls *t,
    struct ex_error *err)
{
	gnutls_certificate_credentials_t c;
	gnutls_datum_t certificate, key, ca;
	enum ex_status status = EX_OK;
	int n;

	if (!t->certificate || !t->key)
		return EX_OK;
	if (gnutls_certificate_allocate_credentials(&c) != 0)
		return ex_fail(err, EX_ERR_NOMEM, s->certificate, NULL);
	certificate = datum(t->certificate);
	key = datum(t->key);
	n = look_at(&certificate);
	if (n >= 0)
		n = gnutls_certificate_set_x509_key_mem(
		    c, &certificate, &key, GNUTLS_X509_FMT_PEM);
	if (n < 0)
		status = ex_fail(err, EX_ERR_ENVIRONMENT, s->certificate,
		    "no certificate in PEM with its key: %s",
		    gnutls_strerror(n));
	if (status == EX_OK && t->client_ca) {
		ca = datum(t->client_ca);
		n = gnutls_certificate_set_x509_trust_mem(
		    c, &ca, GNUTLS_X509_FMT_PEM);
		if (n <= 0)
			status = ex_fail(err, EX_ERR_ENVIRONMENT, s->client_ca,
			    "client-ca is no certificate in "
			    "PEM");
	}
	gnutls_certificate_free_credentials(c);
	return status;
}

enum ex_status
ex_tls_read(
    const struct ex_hub_settings *s, struct ex_tls *out, struct ex_error *err)
{
	enum ex_status status;

	*out = (struct ex_tls){ 0 };
	status = read_pem(s->certificate, &out->certificate, err);
	if (status == EX_OK)
		status = read_pem(s->key, &out->key, err);
	if (status == EX_OK)
		status = read_pem(s->client_ca, &out->client_ca, err);
	if (status == EX_OK)
		status = check_pair(s, out, err);
	if (status != EX_OK)
		ex_tls_fini(out);
	return status;
}

static void
wipe_pem(char **pem)
{
	if (*pem)
		ex_wipe(*pem, strlen(*pem));
	free(*pem);
	*pem = NULL;
}

void
ex_tls_fini(struct ex_tls *t)
{
	wipe_pem(&t->certificate);
	wipe_pem(&t->key);
	wipe_pem(&t->client_ca);
}

bool
ex_tls_peer(void *session, char *name, size_t room)
{
	gnutls_session_t s = session;
	gnutls_x509_crt_t crt = NULL;
	const gnutls_datum_t *chain;
	unsigned n = 0, faults = 0;
	size_t size = room;
	bool good = false;

	name[0] = '\0';
	chain = gnutls_certificate_get_peers(s, &n);
	if (!chain || n == 0 || gnutls_x509_crt_init(&crt) != 0)
		return false;
	/* RFC 5280, 4.2.1.12: made for a client. */
	gnutls_typed_vdata_st use = { GNUTLS_DT_KEY_PURPOSE_OID,
		(unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT, 0 };
	if (gnutls_certificate_verify_peers(s, &use, 1, &faults) == 0 &&
	    faults == 0 &&
	    gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) == 0 &&
	    gnutls_x509_crt_get_dn_by_oid(
		crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) == 0)
		good = strlen(name) == size && size > 0;
	gnutls_x509_crt_deinit(crt);
	return good;
}
