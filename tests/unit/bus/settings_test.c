/* Every program with all of its settings wrong: each one is named, and nothing is served. */
#include "test.h"

#include "base/buf.h"
#include "nats/topology.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
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

/* The exit status, and in *ret all that the program wrote. */
static int run_program(const char *program, bool help, char **ret)
{
    char path[4096], *env[LEN(wrongs) + 1] = {0};
    char *argv[] = {path, help ? (char *)"--help" : NULL, NULL};
    CS_BUF_AUTO struct cs_buf out = {0};
    posix_spawn_file_actions_t actions;
    int ends[2], status;
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    pid_t pid;

    assert_true(n > 0);
    path[n] = '\0';
    snprintf(strrchr(path, '/') + 1, 64, "%s", program);
    for (size_t i = 0; i < LEN(wrongs); i++)
        env[i] = cs_printf(&arena, "CHATSPHERE_%s=%s", wrongs[i].setting, wrongs[i].value);
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
    char *help, *said;

    (void)state;
    for (const struct cs_node *node = cs_topology; node->service; node++) {
        assert_int_equal(run_program(node->program, true, &help), 0);
        assert_int_equal(run_program(node->program, false, &said), 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_wrong_setting_is_named)};
    return test_run(tests);
}
