/* Every program with all of its settings wrong: each one is named, and nothing is served. */
#include "test.h"

#include "base/buf.h"
#include "nats/topology.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *setting, *value, *wrong, *format;
} wrongs[] = {
    {"NATS_URL", "localhost:4222", "is \"localhost:4222\"",
     "an address scheme://host[:port][/path]; schemes: nats, tls"},
    {"ADMIN_ADDR", "localhost", "is \"localhost\"",
     "a numeric IPv4 address and a port, such as 127.0.0.1:9100"},
    {"ADMIN_FILE", "/nonexistent/admin", "is \"/nonexistent/admin\"",
     "a file in a folder in which files can be made"},
    {"LOG_LEVEL", "loud", "is \"loud\"", "one of debug, info, warn, error"},
    {"OTLP_URL", "collector:4318", "is \"collector:4318\"",
     "an address scheme://host[:port][/path]; schemes: http, https"},
    {"WORKERS", "many", "is \"many\"", "a whole number from 1 to 256"},
    {"LISTEN", "localhost", "is \"localhost\"", "a numeric address such as 127.0.0.1"},
    {"WEB_DIR", "/nonexistent", "is \"/nonexistent\"", "a folder with a readable file docs.html"},
    {"SPILL_DIR", "/nonexistent", "is \"/nonexistent\"", "a folder in which files can be made"},
    {"CORS_ORIGINS", "https://a.example, b.example", "contains \"b.example\"",
     "a list, with commas, of origins such as https://example.org, or *"},
    {"TRUSTED_PROXIES", "10.0.0.0/33", "contains \"10.0.0.0/33\"",
     "a list, with commas, of numeric addresses or networks such as 10.0.0.0/8"},
    {"TRACE_SAMPLE", "50%", "is \"50%\"", "a number from 0 to 1"},
    {"EGRESS_ALLOW", "127.0.0.1:80, ollama", "contains \"ollama\"",
     "a list, with commas, of host:port"},
    {"PUBLIC_URL", "chat.example.org", "is \"chat.example.org\"",
     "an address scheme://host[:port][/path]; schemes: http, https"},
    {"REGISTRATION", "maybe", "is \"maybe\"", "one of open, invite, closed"},
};

static char *const ask_help[] = {(char *)"--help", NULL}, *const serve[] = {NULL};
static char *const migrate[] = {(char *)"migrate", NULL};
static char *const events_help[] = {(char *)"events", (char *)"--help"};
static char *const events_tail[] = {(char *)"events", (char *)"tail"};

/* The exit status, and in *ret all that the program wrote; words: at most two, ended by NULL if fewer. */
static int run_program(const char *program, char *const *words, char *const *env, char **ret)
{
    char path[4096];
    char *argv[] = {path, words[0], words[0] ? words[1] : NULL, NULL};
    CS_BUF_AUTO struct cs_buf out = {0};
    posix_spawn_file_actions_t actions;
    int ends[2], status;
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    pid_t pid;

    assert_true(n > 0);
    path[n] = '\0';
    snprintf(strrchr(path, '/') + 1, 64, "%s", program);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    assert_int_equal(posix_spawn(&pid, path, &actions, NULL, argv, env), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    for (char chunk[4096]; (n = read(ends[0], chunk, sizeof(chunk))) > 0;)
        cs_buf_add(&out, chunk, (size_t)n);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    *ret = cs_strndup(&arena, out.data ? out.data : "", out.len);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void each_wrong_setting_is_named(void **state)
{
    size_t named[LEN(wrongs)] = {0};
    char *help, *said, *env[LEN(wrongs) + 1] = {0};

    (void)state;
    for (size_t i = 0; i < LEN(wrongs); i++)
        env[i] = cs_printf(&arena, "CHATSPHERE_%s=%s", wrongs[i].setting, wrongs[i].value);
    for (const struct cs_node *node = cs_topology; node->service; node++) {
        assert_int_equal(run_program(node->program, ask_help, env, &help), 0);
        assert_int_equal(run_program(node->program, serve, env, &said), 1);
        for (size_t i = 0; i < LEN(wrongs); i++) {
            if (!strstr(help, cs_printf(&arena, "  CHATSPHERE_%s\n", wrongs[i].setting)))
                continue;
            named[i]++;
            if (!strstr(help, cs_printf(&arena, "; %s", wrongs[i].format)))
                fail_msg("%s --help: no \"%s\"", node->program, wrongs[i].format);
            if (!strstr(said, cs_printf(&arena, "CHATSPHERE_%s %s; it must be %s\n",
                                        wrongs[i].setting, wrongs[i].wrong, wrongs[i].format)))
                fail_msg("%s: CHATSPHERE_%s: %s", node->program, wrongs[i].setting, said);
        }
        assert_null(strstr(said, "\"level\""));
    }
    for (size_t i = 0; i < LEN(wrongs); i++)
        if (!named[i])
            fail_msg("no program has the setting %s", wrongs[i].setting);
}

static void help_says_how_a_program_is_called(void **state)
{
    char *help, *env[] = {NULL};

    (void)state;
    for (const struct cs_node *node = cs_topology; node->service; node++) {
        assert_int_equal(run_program(node->program, ask_help, env, &help), 0);
        assert_non_null(strstr(help, cs_printf(&arena, "\nusage: %s [", node->program)));
    }
    run_program("chatsphere-auth", ask_help, env, &help);
    assert_non_null(strstr(help, "a whole number from 1 to 65536 [64]"));
    run_program("chatsphere-chat", ask_help, env, &help);
    assert_non_null(strstr(help, "a whole number from 1 to 65536 [1024]"));
    assert_int_equal(run_program("chatsphere", events_help, env, &help), 0);
    assert_non_null(strstr(help, "\n  events tail      print the events"));
}

static void plain_text_to_another_machine_is_refused(void **state)
{
    static const char message[] =
        "CHATSPHERE_%s: the connection to \"192.0.2.1\" would not be encrypted; %s, or set "
        "CHATSPHERE_PLAINTEXT to allow\n";
    char folder[] = "/tmp/settings-XXXXXX", *page, *said;
    const char *nats =
        cs_printf(&arena, message, "NATS_URL", "use tls://, or set CHATSPHERE_NATS_CA");
    const char *pg = cs_printf(&arena, message, "PG_URL", "add sslmode=verify-full to it");
    FILE *f;

    (void)state;
    assert_non_null(mkdtemp(folder));
    page = cs_printf(&arena, "%s/docs.html", folder);
    assert_non_null(f = fopen(page, "we"));
    fclose(f);
    char *env[] = {(char *)"CHATSPHERE_NATS_URL=nats://192.0.2.1:4222",
                   cs_printf(&arena, "CHATSPHERE_NATS_CREDS=%s", page),
                   (char *)"CHATSPHERE_PG_URL=postgresql://u:sesame@192.0.2.1/x",
                   cs_printf(&arena, "CHATSPHERE_PG_PASSWORDS=%s", folder),
                   cs_printf(&arena, "CHATSPHERE_WEB_DIR=%s", folder),
                   (char *)"CHATSPHERE_SIGN_KEY=x",
                   (char *)"CHATSPHERE_SIGN_PUB=x",
                   (char *)"CHATSPHERE_JWT_KEY=x",
                   (char *)"CHATSPHERE_ADMIN_PASSWORD=x",
                   (char *)"CHATSPHERE_SEAL_KEY=x",
                   NULL};
    for (const struct cs_node *node = cs_topology; node->service; node++) {
        assert_int_equal(run_program(node->program, serve, env, &said), 1);
        if (!strstr(said, nats) || !strstr(said, pg) != !node->has_schema)
            fail_msg("%s: %s", node->program, said);
        assert_null(strstr(said, "sesame"));
    }
    assert_true(run_program("chatsphere", migrate, env, &said) > 0);
    assert_non_null(strstr(said, nats));
    assert_true(run_program("chatsphere", events_tail, env, &said) > 0);
    assert_non_null(strstr(said, nats));
    unlink(page);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_wrong_setting_is_named),
                                       cmocka_unit_test(help_says_how_a_program_is_called),
                                       cmocka_unit_test(plain_text_to_another_machine_is_refused)};
    return test_run(tests);
}
