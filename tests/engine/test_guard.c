/* What the preloaded library decides by. That it stands before libc: tests/agent/test_guard.py. */
#include "guard/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

/* A folder with a file, a folder and links, gone again at the end. */
struct place {
    char path[64];
    struct guard_config config;
};

static const char *in(const struct place *place, const char *name)
{
    static char joined[4][128];
    static unsigned next;
    char *path = joined[next++ % 4];
    (void)snprintf(path, sizeof joined[0], "%s/%s", place->path, name);
    return path;
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->path, "/tmp/hc-guard-XXXXXX");
    assert_non_null(mkdtemp(place->path));
    assert_int_equal(mkdir(in(place, "folder"), 0700), 0);
    assert_int_equal(mkdir(in(place, "folder/deep"), 0700), 0);
    int fd = open(in(place, "file"), O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(symlink("folder", in(place, "link")), 0);
    assert_int_equal(symlink("../file", in(place, "folder/up")), 0);
    assert_int_equal(symlink("folder/none", in(place, "dangling")), 0);
    assert_int_equal(symlink("loop", in(place, "loop")), 0);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"loop", "dangling", "folder/up", "link", "file",
                                        "folder/deep", "folder", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)remove(in(*state, names[i]));
    free(*state);
    return 0;
}

static struct guard_address address(const char *host, uint16_t port)
{
    struct guard_address made;
    assert_true(guard_parse_address(host, &made));
    made.port = port;
    return made;
}

static void test_variables_that_are_not_set_guard_nothing(void **state)
{
    struct guard_config *config = &((struct place *)*state)->config;
    guard_config_parse(config, NULL, NULL, NULL);
    assert_false(config->net);
    assert_false(config->files);
    assert_null(config->log);
    guard_config_parse(config, "", "", "");
    assert_true(config->net);
    assert_true(config->files);
    assert_null(config->log);
    assert_false(guard_allows_address(config, address("127.0.0.1", 80)));
}

static void test_addresses(void **state)
{
    struct guard_config *config = &((struct place *)*state)->config;
    guard_config_parse(config, "10.0.0.1:80,[fe80::1]:443,localhost:5432,10.0.0.2:*,,x,y:z", "",
                       NULL);
    assert_true(guard_allows_address(config, address("10.0.0.1", 80)));
    assert_true(guard_allows_address(config, address("::ffff:10.0.0.1", 80)));
    assert_false(guard_allows_address(config, address("10.0.0.1", 81)));
    assert_false(guard_allows_address(config, address("10.0.0.3", 80)));
    assert_true(guard_allows_address(config, address("fe80::1", 443)));
    assert_true(guard_allows_address(config, address("fe80:0::1%eth0", 443)));
    assert_false(guard_allows_address(config, address("fe80::2", 443)));
    assert_true(guard_allows_address(config, address("127.0.0.1", 5432)));
    assert_true(guard_allows_address(config, address("::1", 5432)));
    assert_true(guard_allows_address(config, address("0.0.0.0", 5432)));
    assert_true(guard_allows_address(config, address("::", 5432)));
    assert_false(guard_allows_address(config, address("127.0.0.1", 6379)));
    assert_true(guard_allows_address(config, address("10.0.0.2", 1)));
    assert_true(guard_allows_address(config, address("10.0.0.2", 65535)));
    assert_int_equal(config->name_count, 0);
}

static void test_ports_that_are_none(void **state)
{
    static const char *const wrong[] = {"10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:-1",
                                        "10.0.0.1: 80", "10.0.0.1:80x", "10.0.0.1:", "10.0.0.1"};
    struct guard_config *config = &((struct place *)*state)->config;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        guard_config_parse(config, wrong[i], NULL, NULL);
        assert_int_equal(config->address_count + config->name_count, 0);
    }
}

static void test_names(void **state)
{
    struct guard_config *config = &((struct place *)*state)->config;
    char own[256];
    assert_int_equal(gethostname(own, sizeof own), 0);
    guard_config_parse(config, "db:5432", NULL, NULL);
    assert_true(guard_allows_name(config, "DB"));
    assert_true(guard_allows_name(config, "localhost"));
    assert_true(guard_allows_name(config, own));
    assert_true(guard_allows_name(config, "192.0.2.1"));
    assert_true(guard_allows_name(config, "[2001:db8::1]"));
    assert_false(guard_allows_name(config, "db.example.com"));
    guard_learn_address(config, "other", address("192.0.2.7", 0));
    assert_false(guard_allows_address(config, address("192.0.2.7", 5432)));
    guard_learn_address(config, "db", address("192.0.2.7", 0));
    assert_true(guard_allows_address(config, address("192.0.2.7", 5432)));
    assert_false(guard_allows_address(config, address("192.0.2.7", 5433)));
}

static void test_more_than_fits_is_refused(void **state)
{
    struct guard_config *config = &((struct place *)*state)->config;
    char allow[GUARD_ENTRIES_MAX * 32] = "";
    for (int i = 0; i <= GUARD_ENTRIES_MAX; i++)
        (void)sprintf(allow + strlen(allow), "10.0.1.%d:80,", i);
    guard_config_parse(config, allow, NULL, NULL);
    assert_true(guard_allows_address(config, address("10.0.1.63", 80)));
    assert_false(guard_allows_address(config, address("10.0.1.64", 80)));
    static char long_one[4 * GUARD_TEXT_MAX];
    memset(long_one, 'a', sizeof long_one - 4);
    strcpy(long_one + sizeof long_one - 4, ":80");
    guard_config_parse(config, long_one, long_one, long_one);
    assert_int_equal(config->name_count, 0);
    assert_null(config->log);
}

static void resolves(const struct place *place, int dirfd, const char *path, bool follow,
                     const char *expected)
{
    char resolved[GUARD_PATH_MAX];
    assert_true(guard_resolve(dirfd, path, follow, resolved));
    assert_string_equal(resolved, in(place, expected));
}

static void test_paths(void **state)
{
    const struct place *place = *state;
    resolves(place, -1, in(place, "file"), true, "file");
    resolves(place, -1, in(place, "none"), true, "none");
    resolves(place, -1, in(place, "folder/"), false, "folder");
    resolves(place, -1, in(place, "link/none"), true, "folder/none");
    resolves(place, -1, in(place, "link"), true, "folder");
    resolves(place, -1, in(place, "link"), false, "link");
    resolves(place, -1, in(place, "folder/up"), true, "file");
    resolves(place, -1, in(place, "folder/up"), false, "folder/up");
    resolves(place, -1, in(place, "dangling"), true, "folder/none");
    resolves(place, -1, in(place, "dangling"), false, "dangling");
    resolves(place, -1, in(place, "link/deep/../../file"), true, "file");
    resolves(place, -1, in(place, "folder/deep/.."), false, "folder");
    resolves(place, -1, in(place, "folder//./deep//"), false, "folder/deep");
}

static void test_paths_that_start_elsewhere(void **state)
{
    const struct place *place = *state;
    char before[GUARD_PATH_MAX];
    int folder = open(in(place, "link"), O_RDONLY | O_DIRECTORY);
    assert_true(folder >= 0);
    resolves(place, folder, "none", true, "folder/none");
    resolves(place, folder, "../file", true, "file");
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(in(place, "folder/deep")), 0);
    resolves(place, AT_FDCWD, "none", true, "folder/deep/none");
    resolves(place, AT_FDCWD, "..", true, "folder");
    assert_int_equal(chdir(before), 0);
    assert_int_equal(close(folder), 0);
}

static void test_paths_that_lead_nowhere(void **state)
{
    const struct place *place = *state;
    char resolved[GUARD_PATH_MAX], deep[2 * GUARD_PATH_MAX];
    memset(deep, '/', sizeof deep);
    deep[sizeof deep - 1] = '\0';
    errno = EINTR;
    assert_false(guard_resolve(-1, in(place, "none/none"), true, resolved));
    assert_false(guard_resolve(-1, in(place, "file/none"), true, resolved));
    assert_false(guard_resolve(-1, in(place, "none/.."), true, resolved));
    assert_false(guard_resolve(12345, "file", true, resolved));
    assert_false(guard_resolve(-1, deep, true, resolved));
    (void)guard_resolve(-1, in(place, "loop"), true, resolved);
    assert_int_equal(errno, EINTR);
}

static void test_writable_roots(void **state)
{
    struct place *place = *state;
    char write[256], own[64];
    (void)snprintf(write, sizeof write, "%s:relative::/tmp/hc-none", in(place, "link"));
    guard_config_parse(&place->config, NULL, write, in(place, "file"));
    (void)snprintf(own, sizeof own, "/proc/%d/comm", (int)getpid());
    assert_true(guard_is_writable(&place->config, in(place, "folder")));
    assert_true(guard_is_writable(&place->config, in(place, "folder/deep/none")));
    assert_true(guard_is_writable(&place->config, in(place, "file"))); /* the log */
    assert_true(guard_is_writable(&place->config, "/tmp/hc-none/x"));
    assert_true(guard_is_writable(&place->config, "/dev/null"));
    assert_true(guard_is_writable(&place->config, own));
    assert_false(guard_is_writable(&place->config, in(place, "folder2")));
    assert_false(guard_is_writable(&place->config, in(place, "files")));
    assert_false(guard_is_writable(&place->config, place->path));
    assert_false(guard_is_writable(&place->config, "/proc/1/comm"));
    assert_false(guard_is_writable(&place->config, "/relative"));
    guard_config_parse(&place->config, NULL, "/", NULL);
    assert_true(guard_is_writable(&place->config, "/etc/passwd"));
}

static void test_sockets(void **state)
{
    struct place *place = *state;
    char allow[256];
    (void)snprintf(allow, sizeof allow, "unix:%s,unix:@abstract", in(place, "file"));
    guard_config_parse(&place->config, allow, in(place, "folder"), NULL);
    assert_true(guard_allows_socket(&place->config, in(place, "file")));
    assert_true(guard_allows_socket(&place->config, in(place, "folder/up")));
    assert_true(guard_allows_socket(&place->config, in(place, "folder/deep/s")));
    assert_true(guard_allows_socket(&place->config, "@abstract"));
    assert_false(guard_allows_socket(&place->config, "@other"));
    assert_false(guard_allows_socket(&place->config, in(place, "other")));
}

static void test_lines_of_the_log(void **state)
{
    char line[512], tiny[200], where[4096];
    (void)state;
    size_t length = guard_log_line(line, sizeof line, "file", "open", "/a\"b\\c\n\x01 é");
    assert_true(length < sizeof line);
    line[length] = '\0';
    static const char start[] = "{\"kind\": \"file\", \"what\": \"open\", \"where\": "
                                "\"/a\\\"b\\\\c\\u000a\\u0001 é\", \"pid\": ";
    assert_memory_equal(line, start, sizeof start - 1);
    assert_string_equal(line + length - strlen("\"preload\"}\n"), "\"preload\"}\n");
    memset(where, '"', sizeof where - 1);
    where[sizeof where - 1] = '\0';
    length = guard_log_line(tiny, sizeof tiny, "file", "open", where);
    assert_true(length > 0 && length <= sizeof tiny);
    assert_memory_equal(tiny + length - 2, "}\n", 2);
    assert_int_equal(guard_log_line(tiny, 40, "file", "open", where), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variables_that_are_not_set_guard_nothing),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_ports_that_are_none),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_more_than_fits_is_refused),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_paths_that_start_elsewhere),
        cmocka_unit_test(test_paths_that_lead_nowhere),
        cmocka_unit_test(test_writable_roots),
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_lines_of_the_log),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
