#include "hc/err.h"

const char *hc_err_text(enum hc_err err)
{
    switch (err) {
    case HC_OK: return "no error";
    case HC_NOMEM: return "out of memory";
    case HC_SYSTEM: return "a system call failed";
    case HC_INVALID: return "invalid argument";
    case HC_LIMIT: return "a limit was reached";
    case HC_STATE: return "called out of order";
    case HC_FORKED: return "made by another process; create it after fork()";
    case HC_CLOSED: return "the client has closed the connection";
    case HC_TIMEOUT: return "timed out";
    case HC_INTERRUPTED: return "interrupted";
    case HC_STOPPED: return "stopped";
    case HC_SHORT: return "fewer bytes were sent than declared";
    }
    return "unknown error";
}
