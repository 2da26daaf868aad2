#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "evtx_build.h"

void put_bytes(chunk *c, const void *p, size_t n)
{
    if (n > sizeof c->b - c->n) abort();
    if (n) memcpy(c->b + c->n, p, n);
    c->n += (uint32_t)n;
}

void put8(chunk *c, uint32_t u)
{
    put_bytes(c, (uint8_t[]){(uint8_t)u}, 1);
}

void put16(chunk *c, uint32_t u)
{
    put8(c, u & 255);
    put8(c, u >> 8 & 255);
}

void put32(chunk *c, uint32_t u)
{
    put16(c, u & 0xffff);
    put16(c, u >> 16);
}

void put64(chunk *c, uint64_t u)
{
    put32(c, (uint32_t)u);
    put32(c, (uint32_t)(u >> 32));
}

void put_at32(chunk *c, uint32_t at, uint32_t u)
{
    uint32_t n = c->n;
    c->n = at;
    put32(c, u);
    c->n = n;
}

void put_units(chunk *c, const char *text)
{
    for (; *text; text++)
        put16(c, (unsigned char)*text);
}

/* Bit by bit, so that it is not the code under test. */
static uint32_t slow_crc(uint32_t crc, const uint8_t *p, size_t n)
{
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

void chunk_begin(chunk *c)
{
    memset(c, 0, sizeof *c);
    memcpy(c->b, "ElfChnk", 8);
    c->n = VD_EVTX_CHUNK_HEAD;
    c->id = 1;
    c->dependencies = true;
}

void chunk_end(chunk *c)
{
    put_at32(c, 40, 128);
    put_at32(c, 48, c->n);
    put_at32(c, 52, slow_crc(0, c->b + 512, c->n - 512));
    put_at32(c, 124, slow_crc(slow_crc(0, c->b, 120), c->b + 128, 384));
}

void record_begin(chunk *c)
{
    c->record = c->n;
    put_bytes(c, "**\0", 4);
    put32(c, 0);
    put64(c, c->id++);
    put64(c, 0);
}

void record_end(chunk *c)
{
    uint32_t size = c->n + 4 - c->record;
    put32(c, size);
    put_at32(c, c->record + 4, size);
}

uint32_t instance_begin(chunk *c, uint32_t definition)
{
    put8(c, 0x0c);
    put8(c, 1);
    put32(c, 7);
    c->reference = c->n;
    if (definition != INSTANCE_OF_NEW) {
        put32(c, definition);
        return definition;
    }
    put32(c, c->n + 4);
    c->definition = c->n;
    put32(c, 0);
    put64(c, 7);
    put64(c, 0);
    put32(c, 0);
    fragment(c);
    return c->definition;
}

void template_end(chunk *c)
{
    end(c);
    put_at32(c, c->definition + 20, c->n - c->definition - 24);
}

void instance_values(chunk *c, const value *v, uint32_t n)
{
    put32(c, n);
    for (uint32_t i = 0; i < n; i++) {
        put16(c, v[i].size);
        put16(c, v[i].type);
    }
    for (uint32_t i = 0; i < n; i++)
        put_bytes(c, v[i].bytes, v[i].size);
}

void fragment(chunk *c)
{
    put32(c, 0x0001010f);
}

void name(chunk *c, const char *text)
{
    for (uint32_t i = 0; i < c->n_names; i++)
        if (strcmp(c->names[i], text) == 0) {
            put32(c, c->name_at[i]);
            return;
        }
    if (c->n_names == BUILD_NAMES) abort();
    c->names[c->n_names] = text;
    c->name_at[c->n_names++] = c->n + 4;
    put32(c, c->n + 4);
    put32(c, 0);
    put16(c, 0);
    put16(c, (uint32_t)strlen(text));
    put_units(c, text);
    put16(c, 0);
}

void open_if(chunk *c, const char *text, uint32_t dependency)
{
    put8(c, 0x41);
    if (c->dependencies) put16(c, dependency);
    put32(c, 0);
    name(c, text);
    put32(c, 0);
}

void open_(chunk *c, const char *text)
{
    open_if(c, text, NO_DEPENDENCY);
}

void attribute(chunk *c, const char *text)
{
    put8(c, 0x46);
    name(c, text);
}

void inside(chunk *c)
{
    put8(c, 0x02);
}

void text(chunk *c, const char *text)
{
    put16(c, 0x0105);
    put16(c, (uint32_t)strlen(text));
    put_units(c, text);
}

void hole(chunk *c, uint32_t number, uint32_t type)
{
    put8(c, 0x0e);
    put16(c, number);
    put8(c, type);
}

void close_(chunk *c)
{
    put8(c, 0x04);
}
void end(chunk *c)
{
    put8(c, 0);
}

void leaf(chunk *c, const char *element, const char *content)
{
    open_(c, element);
    inside(c);
    text(c, content);
    close_(c);
}

void data(chunk *c, const char *pair, uint32_t number)
{
    open_(c, "Data");
    attribute(c, "Name");
    text(c, pair);
    inside(c);
    hole(c, number, VD_BX_STRING);
    close_(c);
}

value number_value(uint8_t type, uint16_t size, const uint64_t *u)
{
    return (value){type, size, u};
}

const vd_win_record *next(vd_evtx *r)
{
    vd_evtx_damage damage;
    const vd_win_record *rec = vd_evtx_next(r, &damage);
    if (damage.what) fail_msg("damage at %u: %s", (unsigned)damage.offset, damage.what);
    assert_non_null(rec);
    return rec;
}

vd_str pair(const vd_win_record *rec, const char *name)
{
    for (uint32_t i = 0; i < rec->n_data; i++)
        if (vd_str_eq(rec->data[i].name, vd_str_from(name))) return rec->data[i].value;
    return VD_STR("(none)");
}

void assert_text(vd_str got, const char *want)
{
    if (!vd_str_eq(got, vd_str_from(want)))
        fail_msg("\"%.*s\" instead of \"%s\"", VD_FMT(got), want);
}
