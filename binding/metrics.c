/*
 * Metrics: what the threads of a server have done, added up in memory that others can read.
 *
 * The memory is an array of 64-bit counters that Python has mapped, shared with the master. All
 * additions are relaxed: each number is right, two of them may be a request apart.
 *
 *     arrived ── queued ──► handed ── waits for the GIL ──► entered ── Python ──► left ─► sent
 *
 * Thread-safety: any thread may add. Ownership: holds the buffer it was given.
 */
#include "wsgi.h"

#include <stdatomic.h>

#include "hc/clock.h"

enum counter {
    REQUESTS,
    STATUS_1XX, /* and four more */
    QUEUED_NS = STATUS_1XX + 5,
    LOCK_NS,
    PYTHON_NS,
    TOTAL_NS,
    FILES,
    BUCKETS, /* one for each limit, and one beyond */
};

static const uint64_t limits_us[] = {
    1000,   2500,   5000,    10000,   25000,   50000,    100000,
    250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

enum { LIMITS = sizeof limits_us / sizeof limits_us[0], COUNTERS = BUCKETS + LIMITS + 1 };

struct hcb_metrics {
    Py_buffer view;
    atomic_ullong *counters;
};

static void add(struct hcb_metrics *metrics, unsigned which, uint64_t value)
{
    atomic_fetch_add_explicit(&metrics->counters[which], value, memory_order_relaxed);
}

struct hcb_metrics *hcb_metrics_create(PyObject *memory)
{
    struct hcb_metrics *made = PyMem_Calloc(1, sizeof *made);
    if (made == NULL)
        return (void)PyErr_NoMemory(), NULL;
    if (PyObject_GetBuffer(memory, &made->view, PyBUF_WRITABLE) < 0) {
        PyMem_Free(made);
        return NULL;
    }
    if (made->view.len < (Py_ssize_t)(COUNTERS * sizeof *made->counters)
        || (uintptr_t)made->view.buf % sizeof *made->counters != 0) {
        PyErr_Format(PyExc_ValueError, "metrics need %d aligned counters", COUNTERS);
        hcb_metrics_destroy(made);
        return NULL;
    }
    made->counters = made->view.buf;
    return made;
}

void hcb_metrics_destroy(struct hcb_metrics *metrics)
{
    if (metrics == NULL)
        return;
    PyBuffer_Release(&metrics->view);
    PyMem_Free(metrics);
}

static void add_time(struct hcb_metrics *metrics, unsigned which, uint64_t from, uint64_t to)
{
    add(metrics, which, to > from ? to - from : 0);
}

void hcb_metrics_add(struct hcb_metrics *metrics, const struct hc_request *request,
                     const struct hcb_moments *moments)
{
    uint64_t now = hc_clock_ns();
    uint64_t total = now > request->started_ns ? now - request->started_ns : 0;
    int status = hc_request_status(request);
    unsigned class = status >= 100 && status < 600 ? (unsigned)status / 100 : 5;
    unsigned bucket = 0;
    while (bucket < LIMITS && total > limits_us[bucket] * 1000)
        bucket++;
    add(metrics, REQUESTS, 1);
    add(metrics, STATUS_1XX + class - 1, 1);
    add(metrics, BUCKETS + bucket, 1);
    add(metrics, TOTAL_NS, total);
    add_time(metrics, QUEUED_NS, request->started_ns, moments->handed_ns);
    add_time(metrics, LOCK_NS, moments->handed_ns, moments->entered_ns);
    add_time(metrics, PYTHON_NS, moments->entered_ns, moments->left_ns);
}

void hcb_metrics_add_file(struct hcb_metrics *metrics)
{
    if (metrics != NULL)
        add(metrics, FILES, 1);
}
