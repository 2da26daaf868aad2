/* API keys: made, checked, expired, revoked; nothing of them stands in the file. */
#include "papers.h"

#include <sodium.h>

static vd_key_role check(const char *text, int64_t now) { return vd_keys_check(db, vd_str_from(text), now); }

static void make(const char *name, vd_key_role role, int64_t expires, char text[VD_KEY_MAX])
{
    assert_int_equal(vd_keys_make(db, vd_str_from(name), role, expires, text, &err), 0);
}

/* "id:secret" */
static vd_str plain_of(const char *text)
{
    size_t n;
    unsigned char out[VD_KEY_MAX];
    assert_int_equal(sodium_base642bin(out, sizeof out, text, strlen(text), NULL, &n, NULL,
                                       sodium_base64_VARIANT_ORIGINAL),
                     0);
    return vd_arena_str(&arena, (vd_str){(char *)out, n});
}

static const char *text_of(vd_str plain, int variant)
{
    char *out = vd_arena_alloc(&arena, 1024);
    return sodium_bin2base64(out, 1024, (const unsigned char *)plain.p, plain.n, variant);
}

static void keys_have_their_role(void **state)
{
    static const vd_key_role roles[] = {VD_KEY_INGEST, VD_KEY_READ, VD_KEY_ANALYST, VD_KEY_ADMIN};
    char text[4][VD_KEY_MAX];
    for (int i = 0; i < 4; i++)
        make("k", roles[i], 0, text[i]);
    reopen();
    for (int i = 0; i < 4; i++) {
        assert_int_equal(check(text[i], 1), roles[i]);
        assert_int_equal(vd_key_role_from(vd_str_from(vd_key_role_name(roles[i]))), roles[i]);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(text[i], text[k]);
    }
    assert_int_equal(vd_key_role_from(VD_STR("none")), VD_KEY_NONE);
    assert_int_equal(vd_key_role_from(VD_STR("root")), VD_KEY_NONE);
    assert_int_equal(vd_keys_make(db, VD_STR("k"), VD_KEY_NONE, 0, text[0], &err), VD_USAGE);
}

/* `vedette keys revoke ID` would take it for an option. */
static void no_id_begins_with_a_minus(void **state)
{
    char text[VD_KEY_MAX];
    for (int i = 0; i < 300; i++) {
        make("k", VD_KEY_READ, 0, text);
        assert_int_not_equal(plain_of(text).p[0], '-');
    }
}

static void any_spelling_of_base64_will_do(void **state)
{
    static const int variants[] = {sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                                   sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_URLSAFE_NO_PADDING};
    char text[VD_KEY_MAX];
    make("k", VD_KEY_READ, 0, text);
    for (int i = 0; i < 4; i++)
        assert_int_equal(check(text_of(plain_of(text), variants[i]), 1), VD_KEY_READ);
}

static void wrong_keys_are_none(void **state)
{
    char text[VD_KEY_MAX], other[VD_KEY_MAX];
    make("k", VD_KEY_ADMIN, 0, text);
    make("o", VD_KEY_READ, 0, other);
    vd_str plain = plain_of(text), mixed = plain_of(other);
    /* Every byte of id and secret counts. */
    for (size_t i = 0; i < plain.n; i++) {
        vd_str wrong = vd_arena_str(&arena, plain);
        ((char *)wrong.p)[i] ^= 1;
        assert_int_equal(check(text_of(wrong, sodium_base64_VARIANT_ORIGINAL), 1), VD_KEY_NONE);
    }
    /* The id of one, the secret of the other. */
    memcpy((char *)mixed.p, plain.p, vd_str_find_byte(plain, ':', 0));
    assert_int_equal(check(text_of(mixed, sodium_base64_VARIANT_ORIGINAL), 1), VD_KEY_NONE);
    static const char *const bad[] = {"", "=", "x", "not base64!", "bm9jb2xvbg==", "Og==", "Ojo=", "\xff\xfe"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(check(bad[i], 1), VD_KEY_NONE);
    char *longer = vd_arena_alloc(&arena, 100001);
    memset(longer, 'A', 100000);
    longer[100000] = 0;
    assert_int_equal(check(longer, 1), VD_KEY_NONE);
    vd_str cut = vd_str_sub(plain, 0, plain.n - 1);
    assert_int_equal(check(text_of(cut, sodium_base64_VARIANT_ORIGINAL), 1), VD_KEY_NONE);
}

static void keys_expire_on_the_millisecond(void **state)
{
    char text[VD_KEY_MAX];
    make("k", VD_KEY_INGEST, 5000, text);
    assert_int_equal(check(text, 4999), VD_KEY_INGEST);
    assert_int_equal(check(text, 5000), VD_KEY_NONE);
    assert_int_equal(check(text, 4999), VD_KEY_INGEST);
}

static void another_process_revokes_at_once(void **state)
{
    char text[VD_KEY_MAX], kept[VD_KEY_MAX];
    bool was;
    vd_db *other;
    make("k", VD_KEY_ANALYST, 0, text);
    make("kept", VD_KEY_READ, 0, kept);
    assert_int_equal(check(text, 1), VD_KEY_ANALYST);
    assert_int_equal(vd_db_open(path, VD_DB_PAPERS, false, &other, &err), 0);
    vd_str id = plain_of(text);
    id.n = vd_str_find_byte(id, ':', 0);
    assert_int_equal(vd_keys_revoke(other, id, &was, &err), 0);
    assert_true(was);
    assert_int_equal(check(text, 1), VD_KEY_NONE);
    assert_int_equal(check(kept, 1), VD_KEY_READ);
    assert_int_equal(vd_keys_revoke(other, id, &was, &err), 0);
    assert_false(was);
    vd_db_close(other);
}

static void keys_are_listed_without_their_secrets(void **state)
{
    char text[VD_KEY_MAX];
    vd_key_row *rows;
    size_t n;
    make("collector \"7\"", VD_KEY_INGEST, 123456, text);
    assert_int_equal(vd_keys_all(db, &arena, &rows, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_str(rows[0].name, "collector \"7\"");
    assert_true(rows[0].role == VD_KEY_INGEST && rows[0].expires == 123456);
    assert_true(rows[0].created > 1700000000000 && rows[0].created <= vd_now_ms());
    vd_str plain = plain_of(text);
    assert_true(vd_str_starts(plain, rows[0].id) && plain.p[rows[0].id.n] == ':');
}

/* The file and its WAL hold neither the text nor the secret. */
static void holds(const char *file, vd_str what, bool want)
{
    FILE *f = fopen(file, "rb");
    if (!f) return;
    char *all = vd_arena_alloc(&arena, 4 << 20);
    size_t n = fread(all, 1, 4 << 20, f);
    fclose(f);
    assert_true(n > 0);
    if (want != (memmem(all, n, what.p, what.n) != NULL)) fail_msg("%s: %.*s", file, VD_FMT(what));
}

static void secrets_are_nowhere_stored(void **state)
{
    char text[VD_KEY_MAX];
    make("k", VD_KEY_ADMIN, 0, text);
    vd_str plain = plain_of(text);
    size_t colon = vd_str_find_byte(plain, ':', 0);
    vd_str id = vd_str_sub(plain, 0, colon), secret = vd_str_sub(plain, colon + 1, plain.n);
    assert_true(secret.n >= 43);
    vd_db_close(db);
    db = NULL;
    char wal[160];
    snprintf(wal, sizeof wal, "%s-wal", path);
    const char *const files[] = {path, wal};
    for (int i = 0; i < 2; i++) {
        holds(files[i], secret, false);
        holds(files[i], vd_str_from(text), false);
    }
    holds(path, id, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_database(keys_have_their_role),           in_a_database(no_id_begins_with_a_minus),
        in_a_database(any_spelling_of_base64_will_do),
        in_a_database(wrong_keys_are_none),            in_a_database(keys_expire_on_the_millisecond),
        in_a_database(another_process_revokes_at_once), in_a_database(keys_are_listed_without_their_secrets),
        in_a_database(secrets_are_nowhere_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
