/* event/fault.c - names and sentences of faults */
#include "event/event.h"

const char *vd_fault_name(vd_fault fault)
{
    static const char *const names[] = {
#define X(id, name, text) name,
        VD_FAULT_MAP(X)
#undef X
    };
    return (unsigned)fault < VD_FAULT_COUNT ? names[fault] : "unknown";
}

const char *vd_fault_text(vd_fault fault)
{
    static const char *const texts[] = {
#define X(id, name, text) text,
        VD_FAULT_MAP(X)
#undef X
    };
    return (unsigned)fault < VD_FAULT_COUNT ? texts[fault] : "unknown";
}
