#pragma once
/*
 * secrets: makes, once, every secret a stack needs, as files under a directory (0700, files 0600):
 *   jwt.pem  seal.key  sign-edge.key  sign-embed.key  sign.pub  admin.password  pg/<schema>
 * Existing files are kept. 0 or -1 with a message on standard error.
 */
int cs_secrets_init(const char *dir);
