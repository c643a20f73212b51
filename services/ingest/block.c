/* Frames are read one by one from a file, and every number in them is checked. */
#include "ingest/block.h"

#include "base/utf8.h"
#include "ingest/pages.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct frame_header {
    char type, zero[3];
    uint32_t len;
};

/* A block's content at most; every other frame is smaller. */
enum {
    FRAME_MAX = sizeof(struct block_header) + BLOCK_MAX_TEXT + BLOCK_MAX_INFO +
                BLOCK_MAX_MARKS * sizeof(struct block_mark)
};

static bool read_all(struct block_reader *r, void *to, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(r->fd, (char *)to + done, len - done, (off_t)(r->at + done));
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    r->at += len;
    return true;
}

/* The content, terminated; NULL where no whole frame stands. */
static char *frame_read(struct block_reader *r, struct cs_arena *a, char *type, size_t *len)
{
    struct frame_header h;
    char *content;

    if (r->at + sizeof(h) > r->size || !read_all(r, &h, sizeof(h)) || h.zero[0] || h.zero[1] ||
        h.zero[2] || h.len > FRAME_MAX || h.len > r->size - r->at)
        return NULL;
    content = cs_try_alloc(a, (size_t)h.len + 1);
    if (!content || !read_all(r, content, h.len))
        return NULL;
    *type = h.type;
    *len = h.len;
    return content;
}

static bool is_text(const char *s, size_t len)
{
    return memchr(s, '\0', len) == NULL && cs_utf8_check(s, len) == len;
}

bool block_reader_open(struct block_reader *r, struct cs_arena *a, int fd)
{
    struct stat st;
    size_t len;
    char type, *content;

    *r = (struct block_reader){.fd = fd, .mime = ""};
    if (fstat(fd, &st) < 0 || st.st_size <= 0)
        return false;
    r->size = (size_t)st.st_size;
    content = frame_read(r, a, &type, &len);
    if (content && type == 'f' && len > 1 && len <= 1 + BLOCK_MAX_MIME &&
        is_text(content + 1, len - 1)) {
        r->format = (unsigned char)content[0];
        r->mime = content + 1;
        size_t first = r->at;
        content = frame_read(r, a, &type, &len);
        if (content && type != '!') {
            r->at = first;
            return true;
        }
    }
    if (content && type == '?' && len <= BLOCK_MAX_PAGES && strlen(content) == len &&
        pages_count(content) > 0) {
        r->pictures = content;
        return true;
    }
    if (!content || type != '!' || len == 0 || len > BLOCK_MAX_REASON || !is_text(content, len))
        return false;
    r->failed = content;
    return true;
}

static bool marks_valid(const struct block *b)
{
    uint32_t text = 0, source = (uint32_t)b->start;

    for (size_t i = 0; i < b->n_marks; i++) {
        const struct block_mark *m = &b->marks[i];
        if (m->text < text || m->text > b->len || m->source < source || m->source > b->end)
            return false;
        text = m->text;
        source = m->source;
    }
    return true;
}

static int block_decode(struct cs_arena *a, char *content, size_t len, struct block *ret)
{
    struct block_header h;

    if (len < sizeof(h))
        return -1;
    memcpy(&h, content, sizeof(h));
    content += sizeof(h);
    if (h.kind < BLOCK_HEADING || h.kind >= BLOCK_KINDS || h.zero || (h.flags & ~BLOCK_FLAGS) ||
        h.level > BLOCK_MAX_LEVEL || (h.kind == BLOCK_HEADING) != (h.level > 0) ||
        h.page > BLOCK_MAX_PAGE || h.start > h.end || h.text > BLOCK_MAX_TEXT ||
        h.info > BLOCK_MAX_INFO || h.marks > BLOCK_MAX_MARKS ||
        len != sizeof(h) + h.text + h.info + h.marks * sizeof(struct block_mark))
        return -1;
    struct block_mark *marks = CS_NEW(a, struct block_mark, h.marks);
    if (h.marks)
        memcpy(marks, content + h.text + h.info, h.marks * sizeof(*marks));
    *ret = (struct block){
        .kind = (enum block_kind)h.kind,
        .level = h.level,
        .flags = h.flags,
        .page = (int)h.page,
        .start = h.start,
        .end = h.end,
        .info = cs_strndup(a, content + h.text, h.info),
        .text = content,
        .len = h.text,
        .marks = marks,
        .n_marks = h.marks,
    };
    content[h.text] = '\0';
    bool whole = is_text(ret->text, ret->len) && !cs_utf8_blank(ret->text, ret->len) &&
                 strlen(ret->info) == h.info && is_text(ret->info, h.info) && marks_valid(ret);
    return whole ? 1 : -1;
}

int block_read(struct block_reader *r, struct cs_arena *a, struct block *ret)
{
    size_t len, name;
    char type, *content;

    if (r->ended)
        return 0;
    if (!(content = frame_read(r, a, &type, &len)))
        return -1;
    switch (type) {
    case '.': r->ended = true; return len == 0 && r->at == r->size ? 0 : -1;
    case 'p':
        name = strlen(content);
        if (len > BLOCK_MAX_PROPERTY || name == 0 || name >= len ||
            !is_text(content + name + 1, len - name - 1) || cs_utf8_check(content, name) < name)
            return -1;
        *ret = (struct block){.info = content, .text = content + name + 1, .len = len - name - 1};
        return 1;
    case 'b': return block_decode(a, content, len, ret);
    default: return -1;
    }
}

int block_read_file(struct block_reader *r, struct cs_arena *a, char *ret_type, char **ret,
                    size_t *ret_len)
{
    if (r->ended)
        return 0;
    if (!(*ret = frame_read(r, a, ret_type, ret_len)))
        return -1;
    switch (*ret_type) {
    case '.': r->ended = true; return *ret_len == 0 && r->at == r->size ? 0 : -1;
    case 'n': return *ret_len > 0 && is_text(*ret, *ret_len) ? 1 : -1;
    case 'd': return *ret_len > 0 && *ret_len <= BLOCK_MAX_TEXT ? 1 : -1;
    default: return -1;
    }
}

size_t block_source(const struct block *b, size_t at)
{
    size_t low = 0, high = b->n_marks;

    while (low < high) { /* the last mark that is not behind it */
        size_t mid = (low + high) / 2;
        if (b->marks[mid].text <= at)
            low = mid + 1;
        else
            high = mid;
    }
    size_t source = low ? b->marks[low - 1].source + (at - b->marks[low - 1].text) : b->start;
    size_t most = low < b->n_marks ? b->marks[low].source
                                   : b->end; /* what stands in between is not of the source */
    return source < most ? source : most;
}
