/* anthropic: any bytes as answers in this format; see completion.h. */
#include "completion.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return completion_fuzz(&cs_anthropic_chat, data, size);
}
