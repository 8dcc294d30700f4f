#include "hc/forked.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

enum hc_err hc_fork_mark_init(struct hc_fork_mark *mark)
{
    mark->pid = getpid();
    mark->page = NULL;
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return HC_NOMEM;
    if (madvise(page, PAGE, MADV_WIPEONFORK) != 0) {
        munmap(page, PAGE);
        return HC_OK;
    }
    mark->page = page;
    mark->page[0] = 1;
    return HC_OK;
}

void hc_fork_mark_deinit(struct hc_fork_mark *mark)
{
    if (mark->page)
        munmap((void *)mark->page, PAGE);
    mark->page = NULL;
}

bool hc_forked(const struct hc_fork_mark *mark)
{
    return mark->page ? mark->page[0] == 0 : getpid() != mark->pid;
}
