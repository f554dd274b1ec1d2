/*
 * EFI signature lists, put together by the texts of their GUIDs, so that a
 * parser's tables of bytes are checked, too.
 */
#ifndef KEELBOOT_TESTS_LIB_ESL_BUILD_H
#define KEELBOOT_TESTS_LIB_ESL_BUILD_H

#include "test.h"

#define ESL_T_X509	 "a5c059a1-94e4-4aa7-87b5-ab155c2bf072"
#define ESL_T_SHA256	 "c1c41626-504c-4092-aca9-41f936934328"
#define ESL_T_SHA384	 "ff3e5307-9fd0-48c9-85f1-8ad56c701e01"
#define ESL_T_SHA512	 "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a"
#define ESL_T_TBS_SHA256 "3bd2a492-96c0-4079-b420-fcf98ef103ed"
#define ESL_T_TBS_SHA384 "7076876e-80c2-4ee6-aad2-28b349a6865b"
#define ESL_T_TBS_SHA512 "446dbf63-2502-4cda-bcfa-2465d2b0fe9d"
#define ESL_T_SHA1	 "826ca512-cf10-4ac9-b187-be01496631bd"
#define ESL_T_RSA2048	 "3c5766e8-269c-4e34-aa14-ed776e85b3b6"
#define ESL_T_UNKNOWN	 "01234567-89ab-cdef-0123-456789abcdef"
#define ESL_OWNER	 "77fa9abd-0359-4d32-bd60-28f4e78f784b"
#define ESL_OWNER_SVN	 "9d132b6c-59d5-4388-ab1c-185cfcb2eb92"
#define ESL_T_CERT_PKCS7 "4aafd29d-68df-49ee-8aa9-347d375665a7"

struct esl_build {
	uint8_t bytes[8192];
	size_t len;
	size_t list; /* where the present list begins */
};

/* A new list of entries with data of data_len bytes. */
void esl_build_list(struct esl_build *b, const char *type, uint32_t data_len);

/* An entry of the present list, whose size grows with it: the owner, then data,
 * then zeros up to the entry's size. */
void esl_build_entry(struct esl_build *b, const char *owner, struct span data);

/* An entry of equal bytes. */
void esl_build_fill(struct esl_build *b, const char *owner, uint8_t fill);

/* Puts the head of a signed update in front, with a certificate of cert_len
 * bytes of 0x30. */
void esl_build_update(struct esl_build *b, uint32_t cert_len);

struct span esl_build_file(const struct esl_build *b);

#endif
