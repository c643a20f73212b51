/* A few models by name, opened under one lock, so that two calls do not open the same one. */
#include "embed/local/models.h"

#include "base/clock.h"
#include "base/log.h"
#include "bus/call.h"
#include "embed/local/kernel.h"
#include "obs/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { AGAIN_MS = 10 * 1000 }; /* a broken one is tried again */

static struct {
    pthread_mutex_t lock;
    const char *folder;
    struct entry {
        char name[MODEL_NAME_MAX + 1];
        struct model *model; /* NULL: it could not be opened */
        int64_t tried_ms;
    } entries[MODELS_MAX];
    size_t n;
} models = {.lock = PTHREAD_MUTEX_INITIALIZER};

void models_start(const char *folder)
{
    models.folder = folder;
    if (folder)
        cs_log(CS_INFO, "local models are on", "folder", folder, "kernel",
               local_kernel_best()->name, NULL);
}

void models_stop(void)
{
    for (size_t i = 0; i < models.n; i++)
        model_close(models.entries[i].model);
    models.n = 0;
    models.folder = NULL;
}

/* Letters, digits, dashes, underscores and dots, with none of these in front: no way out of the folder. */
static bool model_name_valid(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t n = strlen(name);

    return n > 0 && n <= MODEL_NAME_MAX && name[0] != '.' && strspn(name, allowed) == n;
}

/* The entry of a name; a new one when its folder exists; NULL. The lock is held. */
static struct entry *models_entry(struct cs_call *call, const char *name, const char **ret_path)
{
    struct stat st;

    *ret_path = cs_printf(call->arena, "%s/%s", models.folder, name);
    for (size_t i = 0; i < models.n; i++)
        if (strcmp(models.entries[i].name, name) == 0)
            return &models.entries[i];
    if (models.n == MODELS_MAX || stat(*ret_path, &st) < 0 || !S_ISDIR(st.st_mode))
        return NULL;
    struct entry *e = &models.entries[models.n++];
    *e = (struct entry){.tried_ms = -AGAIN_MS};
    snprintf(e->name, sizeof(e->name), "%s", name);
    return e;
}

static void models_open(struct cs_call *call, struct entry *e, const char *path)
{
    const struct local_kernel *kernel = local_kernel_best();
    const char *why = NULL;
    int64_t began = cs_mono_ms();

    e->model = model_open(path, kernel, call->arena, &why);
    e->tried_ms = cs_mono_ms();
    if (!e->model) {
        cs_log(CS_ERROR, "a local model cannot be used", "folder", path, "reason", why, NULL);
        return;
    }
    cs_metric_add(cs_gauge("cs_embed_local_models", NULL, "Local models that are open."), 1);
    cs_log(CS_INFO, "a local model is open", "folder", path, "digest", model_tag(e->model), "ms",
           cs_log_int(e->tried_ms - began), NULL);
}

int models_get(struct cs_call *call, const char *name, const struct model **ret)
{
    const char *path;

    if (!models.folder)
        return cs_fail(call, CS_UNPROCESSABLE, "This installation has no local models.");
    if (!model_name_valid(name))
        return cs_fail(call, CS_UNPROCESSABLE, "The name of a local model is not valid.");
    pthread_mutex_lock(&models.lock);
    struct entry *e = models_entry(call, name, &path);
    if (e && !e->model && cs_mono_ms() - e->tried_ms >= AGAIN_MS)
        models_open(call, e, path);
    *ret = e ? e->model : NULL;
    pthread_mutex_unlock(&models.lock);
    if (!e)
        return cs_fail(call, CS_UNPROCESSABLE, "There is no local model %s.", name);
    if (!*ret)
        return cs_fail(call, CS_UNPROCESSABLE, "The local model %s cannot be used.", name);
    return 0;
}
