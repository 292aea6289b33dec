/* SPDX-License-Identifier: Apache-2.0 */
/* Built with sanitizers everything is slower: fewer rounds will do. */
#ifndef EXEUNT_TESTS_SANITIZED_H
#define EXEUNT_TESTS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#if __has_feature(thread_sanitizer)
#define THREADS_SANITIZED 1
#endif
#endif
#ifndef THREADS_SANITIZED
#define THREADS_SANITIZED 0
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
