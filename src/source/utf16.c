#include "source/utf16.h"

#include "base/utf8.h"

#define NOT_A_CHARACTER 0xfffd

size_t vd_utf16_mark(vd_str head)
{
    return vd_str_starts(head, VD_STR("\xff\xfe")) || vd_str_starts(head, VD_STR("\xfe\xff")) ? 2 : 0;
}

static bool begins_text(char c) { return c == '{' || c == '[' || c == '<'; }

char vd_utf16_of(vd_str head)
{
    const char *p = head.p;
    if (vd_str_starts(head, VD_STR("\xff\xfe"))) return 'l';
    if (vd_str_starts(head, VD_STR("\xfe\xff"))) return 'b';
    if (head.n < 4) return 0;
    if (begins_text(p[0]) && !p[1] && p[2] && !p[3]) return 'l';
    return !p[0] && begins_text(p[1]) && !p[2] && p[3] ? 'b' : 0;
}

static uint32_t unit(char order, const char *p)
{
    uint32_t a = (unsigned char)p[0], b = (unsigned char)p[1];
    return order == 'l' ? a | b << 8 : a << 8 | b;
}

size_t vd_utf16_read(char order, vd_str in, bool end, size_t *used, char *out, size_t n)
{
    size_t i = 0, made = 0;
    while (i + 1 < in.n && n - made >= 4) {
        uint32_t cp = unit(order, in.p + i);
        size_t taken = 2;
        if (cp >= 0xd800 && cp < 0xdc00) {
            if (i + 3 >= in.n && !end) break;
            uint32_t low = i + 3 < in.n ? unit(order, in.p + i + 2) : 0;
            if (low >= 0xdc00 && low < 0xe000) {
                cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
                taken = 4;
            }
        }
        if (cp >= 0xd800 && cp < 0xe000) cp = NOT_A_CHARACTER;
        made += vd_utf8_put(cp, out + made);
        i += taken;
    }
    if (end && i + 1 == in.n && n - made >= 4) {
        made += vd_utf8_put(NOT_A_CHARACTER, out + made);
        i++;
    }
    *used = i;
    return made;
}
