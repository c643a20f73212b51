#pragma once
/*
 * secrets: makes, once, every secret a stack needs, as files under a directory (0700, files 0600):
 *   jwt.pem  seal.key  sign-<signer>.key  sign.pub  admin.password  pg/<schema>
 * jwt.pem is a private key on P-256, sign-*.key and sign.pub as crypto/context.h has them, the rest
 * one line of base64url (32 random bytes). Existing files are kept. The lists end with NULL.
 * 0, or -1 with a message on standard error.
 */
int cs_secrets_init(const char *dir, const char *const *signers, const char *const *schemas);
