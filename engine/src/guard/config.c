/* What is allowed: the variables, read once. */
#include "guard.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
static const uint8_t loopback6[16] = {[15] = 1};

/* Addresses of allowed names, as they are looked up. */
static struct {
    struct guard_address address;
    int ready;
} learned[GUARD_ENTRIES_MAX];
static size_t learned_count;

/* Copies into the configuration's text; NULL when it is full. */
static char *keep(struct guard_config *config, const char *text, size_t length)
{
    char *kept = config->text + config->text_used;
    if (length >= sizeof config->text - config->text_used)
        return NULL;
    memcpy(kept, text, length);
    kept[length] = '\0';
    config->text_used += length + 1;
    return kept;
}

bool guard_parse_address(const char *host, struct guard_address *address)
{
    char text[INET6_ADDRSTRLEN + 1];
    size_t length = strlen(host);
    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        host++;
        length -= 2;
    }
    if (length >= sizeof text)
        return false;
    memcpy(text, host, length);
    text[length] = '\0';
    char *zone = strchr(text, '%');
    if (zone != NULL)
        *zone = '\0';
    memcpy(address->bytes, mapped, sizeof mapped);
    return inet_pton(AF_INET, text, address->bytes + sizeof mapped) == 1 ||
           inet_pton(AF_INET6, text, address->bytes) == 1;
}

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *port = (uint16_t)value;
    if (strcmp(text, "*") == 0)
        return true; /* strtoul said 0 */
    return isdigit((unsigned char)*text) && *end == '\0' && value > 0 && value <= 65535;
}

static void add_address(struct guard_config *config, struct guard_address address)
{
    if (config->address_count < GUARD_ENTRIES_MAX)
        config->addresses[config->address_count++] = address;
}

static void add_host(struct guard_config *config, char *entry)
{
    struct guard_address address = {.port = 0};
    char *colon = strrchr(entry, ':');
    if (colon == NULL || !parse_port(colon + 1, &address.port))
        return;
    *colon = '\0';
    if (strcasecmp(entry, "localhost") == 0) {
        (void)guard_parse_address("127.0.0.1", &address);
        add_address(config, address);
        (void)guard_parse_address("::1", &address);
        add_address(config, address);
    } else if (guard_parse_address(entry, &address)) {
        add_address(config, address);
    } else if (config->name_count < GUARD_ENTRIES_MAX) {
        config->names[config->name_count++] = (struct guard_name){entry, address.port};
    }
}

static void parse_allow(struct guard_config *config, const char *allow)
{
    while (*allow != '\0') {
        size_t length = strcspn(allow, ",");
        char *entry = keep(config, allow, length);
        allow += length + (allow[length] == ',');
        if (entry == NULL || length == 0)
            continue;
        if (strncmp(entry, "unix:", 5) != 0)
            add_host(config, entry);
        else if (config->socket_count < GUARD_ENTRIES_MAX)
            config->sockets[config->socket_count++] = entry + 5;
    }
}

static void parse_write(struct guard_config *config, const char *write)
{
    char resolved[GUARD_PATH_MAX], given[GUARD_PATH_MAX];
    while (*write != '\0') {
        size_t length = strcspn(write, ":");
        if (write[0] == '/' && length < sizeof given) {
            memcpy(given, write, length);
            given[length] = '\0';
            const char *root = guard_resolve(-1, given, true, resolved) ? resolved : given;
            root = keep(config, root, strlen(root));
            if (root != NULL && config->root_count < GUARD_ENTRIES_MAX)
                config->roots[config->root_count++] = root;
        }
        write += length + (write[length] == ':');
    }
}

/* A file that lines are appended to, by its path without links; NULL if none is named. */
static const char *keep_file(struct guard_config *config, const char *name)
{
    char resolved[GUARD_PATH_MAX];
    if (name == NULL || *name == '\0')
        return NULL;
    const char *path = guard_resolve(-1, name, true, resolved) ? resolved : name;
    return keep(config, path, strlen(path));
}

void guard_config_parse(struct guard_config *config, const char *allow, const char *write,
                        const char *log)
{
    memset(config, 0, offsetof(struct guard_config, text));
    config->text_used = 0;
    config->net = allow != NULL;
    config->files = write != NULL;
    config->log = keep_file(config, log);
    if (write != NULL)
        parse_write(config, write);
    if (allow != NULL)
        parse_allow(config, allow);
}

static const char *reads;

const char *guard_reads(void)
{
    return __atomic_load_n(&reads, __ATOMIC_ACQUIRE);
}

const struct guard_config *guard_config(void)
{
    static struct guard_config config;
    static int state; /* 0: not read, 1: being read, 2: read */
    int seen = __atomic_load_n(&state, __ATOMIC_ACQUIRE);
    if (seen == 0 && __atomic_compare_exchange_n(&state, &seen, 1, false, __ATOMIC_ACQ_REL,
                                                 __ATOMIC_ACQUIRE)) {
        guard_config_parse(&config, getenv("HOTCLUB_GUARD_ALLOW"),
                           getenv("HOTCLUB_GUARD_WRITE"), getenv("HOTCLUB_GUARD_LOG"));
        __atomic_store_n(&reads, keep_file(&config, getenv("HOTCLUB_GUARD_READS")),
                         __ATOMIC_RELEASE);
        __atomic_store_n(&state, 2, __ATOMIC_RELEASE);
        seen = 2;
    }
    while (seen != 2) {
        sched_yield();
        seen = __atomic_load_n(&state, __ATOMIC_ACQUIRE);
    }
    return &config;
}

/* Before main(), so that later threads find it done. */
__attribute__((constructor)) static void read_environment(void)
{
    (void)guard_config();
}

/* The unspecified addresses stand for the machine itself. */
static void specify(struct guard_address *address)
{
    static const uint8_t any6[16], any4[4];
    if (memcmp(address->bytes, any6, sizeof any6) == 0)
        memcpy(address->bytes, loopback6, sizeof loopback6);
    else if (memcmp(address->bytes, mapped, sizeof mapped) == 0 &&
             memcmp(address->bytes + sizeof mapped, any4, sizeof any4) == 0)
        memcpy(address->bytes + sizeof mapped, (const uint8_t[]){127, 0, 0, 1}, 4);
}

static bool covers(const struct guard_address *allowed, const struct guard_address *address)
{
    return memcmp(allowed->bytes, address->bytes, sizeof address->bytes) == 0 &&
           (allowed->port == 0 || allowed->port == address->port);
}

bool guard_allows_address(const struct guard_config *config, struct guard_address address)
{
    specify(&address);
    for (size_t i = 0; i < config->address_count; i++)
        if (covers(&config->addresses[i], &address))
            return true;
    for (size_t i = 0; i < GUARD_ENTRIES_MAX; i++)
        if (__atomic_load_n(&learned[i].ready, __ATOMIC_ACQUIRE) &&
            covers(&learned[i].address, &address))
            return true;
    return false;
}

bool guard_allows_name(const struct guard_config *config, const char *host)
{
    struct guard_address address;
    char own[256] = "";
    if (guard_parse_address(host, &address) || strcasecmp(host, "localhost") == 0)
        return true;
    /* Many settings look up their own machine, which is written in /etc/hosts. */
    if (gethostname(own, sizeof own - 1) == 0 && strcasecmp(host, own) == 0)
        return true;
    for (size_t i = 0; i < config->name_count; i++)
        if (strcasecmp(host, config->names[i].host) == 0)
            return true;
    return false;
}

void guard_learn_address(const struct guard_config *config, const char *host,
                         struct guard_address address)
{
    for (size_t i = 0; i < config->name_count; i++) {
        if (strcasecmp(host, config->names[i].host) != 0)
            continue;
        address.port = config->names[i].port;
        if (address.port != 0 && guard_allows_address(config, address))
            continue;
        size_t place = __atomic_fetch_add(&learned_count, 1, __ATOMIC_RELAXED);
        if (place >= GUARD_ENTRIES_MAX)
            return;
        learned[place].address = address;
        __atomic_store_n(&learned[place].ready, 1, __ATOMIC_RELEASE);
    }
}

/* A socket inside a writable root belongs to the workspace. */
bool guard_allows_socket(const struct guard_config *config, const char *path)
{
    char resolved[GUARD_PATH_MAX], listed[GUARD_PATH_MAX];
    bool named = *path != '@' && guard_resolve(-1, path, true, resolved);
    for (size_t i = 0; i < config->socket_count; i++) {
        if (strcmp(config->sockets[i], path) == 0)
            return true;
        if (named && config->sockets[i][0] == '/' &&
            guard_resolve(-1, config->sockets[i], true, listed) &&
            strcmp(listed, resolved) == 0)
            return true;
    }
    return named && config->root_count > 0 && guard_is_writable(config, resolved);
}
