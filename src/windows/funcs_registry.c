/* windows/funcs_registry.c - functions of the maps on Sysmon's TargetObject and Details */
#include "windows/normalise_int.h"

static vd_str hive_of(vd_str name)
{
    static const struct {
        const char *name, *hive;
    } hives[] = {{"HKEY_CLASSES_ROOT", "HKCR"},
                 {"HKCR", "HKCR"},
                 {"HKEY_CURRENT_CONFIG", "HKCC"},
                 {"HKCC", "HKCC"},
                 {"HKCU", "HKCU"},
                 {"HKEY_CURRENT_USER", "HKCU"},
                 {"HKEY_DYN_DATA", "HKDD"},
                 {"HKDD", "HKDD"},
                 {"HKEY_LOCAL_MACHINE", "HKLM"},
                 {"HKLM", "HKLM"},
                 {"HKPD", "HKPD"},
                 {"HKEY_PERFORMANCE_DATA", "HKPD"},
                 {"HKEY_USERS", "HKU"},
                 {"HKU", "HKU"}};
    for (size_t i = 0; i < sizeof hives / sizeof *hives; i++)
        if (vd_str_eq(name, vd_str_from(hives[i].name))) return vd_str_from(hives[i].hive);
    return (vd_str){0};
}

bool nz_hive(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_TEXT) return false;
    v->text = hive_of(vd_str_sub(v->text, 0, vd_str_find_byte(v->text, '\\', 0)));
    return v->text.n > 0;
}

bool nz_hive_key(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_TEXT) return false;
    size_t slash = vd_str_find_byte(v->text, '\\', 0);
    if (hive_of(vd_str_sub(v->text, 0, slash)).n == 0) return false;
    v->text = vd_str_sub(v->text, slash + 1, v->text.n);
    return v->text.n > 0;
}

/* A path that ends in backslashes has its value before them, as Java's split has it. */
bool nz_reg_value(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_TEXT) return false;
    while (v->text.n && v->text.p[v->text.n - 1] == '\\')
        v->text.n--;
    return nz_leaf(n, call, v);
}

static bool eight_hex(vd_str s, size_t at, uint64_t *out)
{
    int64_t v;
    if (s.n < at + 10 || !vd_str_starts(vd_str_sub(s, at, s.n), VD_STR("0x"))) return false;
    if (!nz_number(vd_str_sub(s, at, at + 10), &v)) return false;
    *out = (uint64_t)v;
    return true;
}

/* "DWORD (0x00000001)" */
static bool dword(vd_str s, uint64_t *out)
{
    return s.n == 18 && nz_same(vd_str_sub(s, 0, 7), VD_STR("DWORD (")) && s.p[17] == ')' &&
           eight_hex(s, 7, out);
}

/* "QWORD (0x00000000-0x00000001)": the high half stands first. */
static bool qword(vd_str s, uint64_t *out)
{
    uint64_t high, low;
    if (s.n != 29 || !nz_same(vd_str_sub(s, 0, 7), VD_STR("QWORD (")) || s.p[17] != '-' ||
        s.p[28] != ')' || !eight_hex(s, 7, &high) || !eight_hex(s, 18, &low))
        return false;
    *out = high << 32 | low;
    return true;
}

bool nz_reg_type(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    uint64_t number;
    if (v->kind != NZ_TEXT) return false;
    if (qword(v->text, &number))
        v->text = VD_STR("SZ_QWORD");
    else if (dword(v->text, &number))
        v->text = VD_STR("SZ_DWORD");
    else if (vd_str_eq(v->text, VD_STR("Binary Data")))
        v->text = VD_STR("REG_BINARY");
    else
        v->text = VD_STR("REG_SZ");
    return true;
}

bool nz_reg_data(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    uint64_t number;
    if (v->kind != NZ_TEXT) return false;
    vd_str s = v->text;
    if ((qword(s, &number) || dword(s, &number)) && number <= INT64_MAX) {
        nz_value text = {.kind = NZ_LONG, .num = (int64_t)number};
        nz_as_text(n, &text);
        s = text.text;
    }
    nz_list list = {(uint32_t)n->items.n, 1};
    *vd_vec_push(&n->items) = s;
    *v = (nz_value){.kind = NZ_LIST, .list = list};
    return true;
}
