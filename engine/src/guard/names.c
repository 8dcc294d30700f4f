/* Names: no question about any host leaves the machine, but about those that are allowed. */
#include "guard.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool may_look_up(const char *what, const char *host, const char *service)
{
    const struct guard_config *config = guard_config();
    char where[GUARD_WHERE_MAX];
    if (!config->net || host == NULL || guard_allows_name(config, host))
        return true;
    (void)snprintf(where, sizeof where, "%.1024s%s%.64s", host, service != NULL ? ":" : "",
                   service != NULL ? service : "");
    guard_log("net", what, where);
    return false;
}

static void learn(const char *host, int family, const void *bytes)
{
    struct guard_address address = {.bytes = {[10] = 0xff, [11] = 0xff}};
    if (family == AF_INET)
        memcpy(address.bytes + 12, bytes, 4);
    else if (family == AF_INET6)
        memcpy(address.bytes, bytes, 16);
    else
        return;
    guard_learn_address(guard_config(), host, address);
}

static void learn_all(const char *host, const struct addrinfo *found)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    for (; found != NULL; found = found->ai_next) {
        if (found->ai_family == AF_INET) {
            memcpy(&in, found->ai_addr, sizeof in);
            learn(host, AF_INET, &in.sin_addr);
        } else if (found->ai_family == AF_INET6) {
            memcpy(&in6, found->ai_addr, sizeof in6);
            learn(host, AF_INET6, &in6.sin6_addr);
        }
    }
}

static void learn_host(const char *host, const struct hostent *found)
{
    for (char **at = found != NULL ? found->h_addr_list : NULL; at != NULL && *at != NULL; at++)
        learn(host, found->h_addrtype, *at);
}

GUARD(int, getaddrinfo, const char *host, const char *service, const struct addrinfo *hints,
      struct addrinfo **found)
{
    if (!may_look_up("getaddrinfo", host, service))
        return EAI_NONAME;
    int error = REAL(getaddrinfo)(host, service, hints, found);
    if (error == 0 && host != NULL)
        learn_all(host, *found);
    return error;
}

static struct hostent *unknown(void)
{
    h_errno = HOST_NOT_FOUND;
    return NULL;
}

GUARD(struct hostent *, gethostbyname, const char *host)
{
    if (!may_look_up("gethostbyname", host, NULL))
        return unknown();
    struct hostent *found = REAL(gethostbyname)(host);
    learn_host(host, found);
    return found;
}

GUARD(struct hostent *, gethostbyname2, const char *host, int family)
{
    if (!may_look_up("gethostbyname2", host, NULL))
        return unknown();
    struct hostent *found = REAL(gethostbyname2)(host, family);
    learn_host(host, found);
    return found;
}

/* As libc says it: no error, and nothing found. */
static int unknown_r(struct hostent **result, int *error)
{
    *result = unknown();
    *error = HOST_NOT_FOUND;
    return 0;
}

GUARD(int, gethostbyname_r, const char *host, struct hostent *entry, char *buffer, size_t size,
      struct hostent **result, int *error)
{
    if (!may_look_up("gethostbyname_r", host, NULL))
        return unknown_r(result, error);
    int failed = REAL(gethostbyname_r)(host, entry, buffer, size, result, error);
    if (!failed)
        learn_host(host, *result);
    return failed;
}

GUARD(int, gethostbyname2_r, const char *host, int family, struct hostent *entry, char *buffer,
      size_t size, struct hostent **result, int *error)
{
    if (!may_look_up("gethostbyname2_r", host, NULL))
        return unknown_r(result, error);
    int failed = REAL(gethostbyname2_r)(host, family, entry, buffer, size, result, error);
    if (!failed)
        learn_host(host, *result);
    return failed;
}

/* From an address to a name: the address would be the question, so none is asked. Programs do
 * this for their logs and live without; nothing is written about it. */

GUARD(struct hostent *, gethostbyaddr, const void *address, socklen_t length, int family)
{
    if (guard_config()->net)
        return unknown();
    return REAL(gethostbyaddr)(address, length, family);
}

GUARD(int, gethostbyaddr_r, const void *address, socklen_t length, int family,
      struct hostent *entry, char *buffer, size_t size, struct hostent **result, int *error)
{
    if (guard_config()->net)
        return unknown_r(result, error);
    return REAL(gethostbyaddr_r)(address, length, family, entry, buffer, size, result, error);
}

GUARD(int, getnameinfo, const struct sockaddr *address, socklen_t length, char *host,
      socklen_t host_size, char *service, socklen_t service_size, int flags)
{
    if (guard_config()->net && (flags & NI_NAMEREQD) != 0)
        return EAI_NONAME;
    if (guard_config()->net)
        flags |= NI_NUMERICHOST;
    return REAL(getnameinfo)(address, length, host, host_size, service, service_size, flags);
}
