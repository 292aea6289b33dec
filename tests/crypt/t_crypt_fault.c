/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation, OpenSSL's and ours, fails in its turn: a call says so and
 * leaves nothing half made. */
#include "vector.h"

#include <openssl/crypto.h>

static long allowed = -1; /* of OpenSSL's allocations; negative: all */

static bool
fails(void)
{
	if (allowed > 0)
		allowed--;
	return allowed == 0;
}

static void *
take(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : malloc(n);
}

static void *
retake(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(p, n);
}

static void
give(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* What each call works on, and where it puts its result. */
static struct ex_recipient_key recipient;
static struct ex_signer_key signer;
static struct ex_blob sealed, sealed_to, blob;
static uint8_t signature[EX_SIGNATURE_SIZE];
/* Cheaper than what is stored today, and of nobody: to be wrong is right. */
static const char stored[] =
    "scrypt$10$8$1$00$"
    "0000000000000000000000000000000000000000000000000000000000000000";
static union {
	uint8_t bytes[256];
	struct ex_recipient_key recipient;
	struct ex_signer_key signer;
	char text[EX_PASSWORD_SIZE];
} out;

static struct ex_bytes
text(void)
{
	return ex_string_bytes("some text");
}

static enum ex_status
hash(void)
{
	return ex_sha256(text(), out.bytes);
}
static enum ex_status
mac(void)
{
	return ex_hmac_sha256(text(), text(), out.bytes);
}
static enum ex_status
kdf(void)
{
	return ex_hkdf_sha256(text(), text(), text(), out.bytes, 100);
}
static enum ex_status
seal(void)
{
	return ex_seal(&signer.secret, text(), text(), &blob);
}
static enum ex_status
unseal(void)
{
	return ex_unseal(&signer.secret, text(), ex_blob_bytes(&sealed), &blob);
}
static enum ex_status
make_recipient(void)
{
	return ex_recipient_key_make(&out.recipient);
}
static enum ex_status
seal_to(void)
{
	return ex_seal_to(&recipient.recipient, text(), text(), text(), &blob);
}
static enum ex_status
unseal_from(void)
{
	return ex_unseal_from(
	    &recipient, text(), text(), ex_blob_bytes(&sealed_to), &blob);
}
static enum ex_status
make_signer(void)
{
	return ex_signer_key_make(&out.signer);
}
static enum ex_status
sign(void)
{
	return ex_sign(&signer, text(), out.bytes);
}
static enum ex_status
verify(void)
{
	return ex_signature_verify(signer.verifier, text(), signature);
}
static enum ex_status
store(void)
{
	return ex_password_store("password", out.text);
}
static enum ex_status
check(void)
{
	enum ex_status status = ex_password_verify("password", stored);

	return status == EX_NO ? EX_OK : status;
}

static const struct {
	const char *name;
	enum ex_status (*call)(void);
} calls[] = {
	{ "sha256", hash },
	{ "hmac", mac },
	{ "hkdf", kdf },
	{ "seal", seal },
	{ "unseal", unseal },
	{ "recipient_key_make", make_recipient },
	{ "seal_to", seal_to },
	{ "unseal_from", unseal_from },
	{ "signer_key_make", make_signer },
	{ "sign", sign },
	{ "signature_verify", verify },
	{ "password_store", store },
	{ "password_verify", check },
};

static bool
nothing_in(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

/* One call with one failure; true where it came through. */
static bool
comes_through(size_t i, long n)
{
	enum ex_status status = calls[i].call();

	allowed = -1;
	ex_calloc_fail_after(-1);
	/* EX_NO: to an unlucky verifier a signature is not right. */
	if (status != EX_OK && status != EX_ERR_NOMEM &&
	    status != EX_ERR_INTERNAL && status != EX_NO)
		fail_msg("%s, failure %ld: %d", calls[i].name, n, status);
	if (status != EX_OK &&
	    (blob.data || !nothing_in(out.bytes, sizeof out)))
		fail_msg("%s, failure %ld: left something", calls[i].name, n);
	ex_wipe(&out, sizeof out);
	ex_blob_free(&blob);
	return status == EX_OK;
}

static void
openssl_out_of_memory_is_said_and_leaves_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		long n = 1;

		/* What OpenSSL keeps for later is there from here on. */
		assert_true(comes_through(i, 0));
		for (; n < 1000; n++) {
			allowed = n;
			if (comes_through(i, n))
				break;
		}
		print_message("# %s: %ld failures\n", calls[i].name, n - 1);
		assert_in_range(n, 2, 999);
	}
}

static void
our_own_memory_is_said_too(void **state)
{
	(void)state;
	long failures = 0;

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		for (long n = 0; n < 10; n++, failures++) {
			ex_calloc_fail_after(n);
			if (comes_through(i, n))
				break;
		}
	assert_int_equal(failures, 4); /* those that hand out a blob */
}

static int
make_inputs(void **state)
{
	(void)state;
	return ex_recipient_key_make(&recipient) ||
	       ex_signer_key_make(&signer) ||
	       ex_seal(&signer.secret, text(), text(), &sealed) ||
	       ex_seal_to(
		   &recipient.recipient, text(), text(), text(), &sealed_to) ||
	       ex_sign(&signer, text(), signature);
}

static int
drop_inputs(void **state)
{
	(void)state;
	ex_blob_free(&sealed);
	ex_blob_free(&sealed_to);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    openssl_out_of_memory_is_said_and_leaves_nothing),
		cmocka_unit_test(our_own_memory_is_said_too),
	};

	/* Before OpenSSL takes anything. */
	if (CRYPTO_set_mem_functions(take, retake, give) != 1)
		return 1;
	return cmocka_run_group_tests(tests, make_inputs, drop_inputs);
}
