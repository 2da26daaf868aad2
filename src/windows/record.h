/* windows/record.h - one record of a Windows event log, however it was written
 *
 * EVTX files, the XML rendering, flat JSON of collectors, winlog.* documents and
 * {"Event":{..}} objects all become this, and the normaliser (normalise.h) knows
 * nothing else. Texts are as the XML rendering of Windows shows them: numbers in
 * decimal, HexInt as 0x.., GUIDs in braces, SIDs as S-1-.., FILETIME as ISO 8601.
 * Slices live as long as their reader says (until its next record). */
#ifndef VD_WINDOWS_RECORD_H
#define VD_WINDOWS_RECORD_H

#include "base/str.h"

typedef struct vd_win_pair {
    vd_str name;  /* of EventData: the Name attribute, else "param1", "param2", ... */
    vd_str value; /* may be empty */
} vd_win_pair;

typedef struct vd_win_record {
    vd_str channel, provider, provider_guid, source_name, computer, user_sid;
    vd_str activity_id, related_activity_id;
    vd_str level_text, task_text, opcode_text, message; /* where a source has rendered them */
    vd_str keyword_texts[8];
    uint32_t n_keyword_texts;
    uint32_t event_id, qualifiers, process_id, thread_id;
    uint32_t version, level, opcode, task;
    uint64_t keywords, record_id;
    int64_t time_ns;      /* TimeCreated, nanoseconds since 1970 UTC (100 ns steps) */
    bool has_time, has_record_id, has_process_id, has_user_data;
    const vd_win_pair *data; /* EventData in its order, or UserData's leaves */
    uint32_t n_data;
    vd_str user_data_name;   /* name of UserData's element, empty for EventData */
    /* What a source has found out beside the record, else empty: the account behind
     * user_sid, and the host's id (host.id of a Beat), which is better than a derived one. */
    vd_str user_name, user_domain, user_type, host_id;
} vd_win_record;

#endif
