/* `chatsphere healthcheck`: exit status 0 when /readyz answers 200, for container probes. */
#include "cli/cli.h"

#include "cli/options.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

enum { TIMEOUT_MS = 3000, MAX_URL = 512 };

static size_t response_ignore(char *data, size_t size, size_t n, void *state)
{
    (void)data, (void)state;
    return size * n;
}

/* The HTTP status, or 0 with a message. */
static long ready_status(const char *url)
{
    CURL *curl = curl_easy_init();
    char error[CURL_ERROR_SIZE] = "";
    long status = 0;

    if (!curl)
        return 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, response_ignore);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    else
        fprintf(stderr, "%s: %s\n", url, error);
    curl_easy_cleanup(curl);
    return status;
}

CLI_COMMAND(cli_healthcheck)
{
    const char *base = "http://127.0.0.1:9090";
    const struct cli_word word = {"<URL>", "address of the program's ADMIN_ADDR", false, &base};
    char url[MAX_URL];
    size_t n;
    long status;

    if (!cli_options(command, argc, argv, NULL, &word, NULL))
        return CLI_USAGE;
    n = strlen(base);
    while (n > 0 && base[n - 1] == '/')
        n--;
    if (n >= 7 && strncmp(base + n - 7, "/readyz", 7) == 0)
        n -= 7;
    if (snprintf(url, sizeof(url), "%.*s/readyz", (int)n, base) >= (int)sizeof(url)) {
        fprintf(stderr, "chatsphere %s: the URL is too long\n", command->name);
        return CLI_USAGE;
    }
    status = ready_status(url);
    if (status != 0 && status != 200)
        fprintf(stderr, "%s: status %ld\n", url, status);
    return status == 200 ? CLI_DONE : CLI_FAILED;
}
