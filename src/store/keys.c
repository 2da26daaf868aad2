/* store/keys.c - API keys
 *
 * A key is an id and a secret of 32 random bytes. The table holds BLAKE2b of the secret, keyed
 * with the key's own salt. A slow password hash is for secrets that people choose and that a
 * thief of the table could guess; 256 random bits are not guessed at any speed, so the hash
 * may be fast, and a request costs microseconds. That is why nothing is remembered of keys that
 * were good before: reading the row costs little more than finding it in a table of our own, and
 * a key revoked by another process (`vedette keys`) is refused by the next request. */
#include <sodium.h>

#include "base/clock.h"
#include "store/papers_int.h"

#define ID_BYTES 15
#define SECRET_BYTES 32
#define SALT_BYTES 16
#define HASH_BYTES 32
/* What a text may decode to; ours are 64 bytes. */
#define PLAIN_MAX 256

static const char *const roles[] = {"none", "ingest", "read", "analyst", "admin"};
#define N_ROLES (sizeof roles / sizeof roles[0])

const char *vd_key_role_name(vd_key_role role) { return (size_t)role < N_ROLES ? roles[role] : roles[0]; }

vd_key_role vd_key_role_from(vd_str name)
{
    for (size_t i = 1; i < N_ROLES; i++)
        if (vd_str_eq(name, vd_str_from(roles[i]))) return (vd_key_role)i;
    return VD_KEY_NONE;
}

static void begin_sodium(void)
{
    if (sodium_init() < 0) abort();
}

static void hash(unsigned char out[HASH_BYTES], vd_str secret, const unsigned char salt[SALT_BYTES])
{
    crypto_generichash(out, HASH_BYTES, (const unsigned char *)secret.p, secret.n, salt, SALT_BYTES);
}

/* Not with a minus in front: an id is an argument of commands. */
static void random_text(char *out, size_t room, size_t bytes)
{
    unsigned char raw[SECRET_BYTES];
    do {
        randombytes_buf(raw, bytes);
        sodium_bin2base64(out, room, raw, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    } while (out[0] == '-');
    sodium_memzero(raw, sizeof raw);
}

static int insert(vd_db *db, const vd_key_row *row, vd_str secret, vd_err *err)
{
    unsigned char salt[SALT_BYTES], hashed[HASH_BYTES];
    randombytes_buf(salt, sizeof salt);
    hash(hashed, secret, salt);
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    vd_stmt *st = vd_db_query(c,
                              "INSERT INTO api_keys(id, name, role, created, expires, salt, hash)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?)",
                              err);
    if (st) {
        vd_stmt_text(st, 1, row->id);
        vd_stmt_text(st, 2, row->name);
        vd_stmt_text(st, 3, vd_str_from(vd_key_role_name(row->role)));
        vd_stmt_int(st, 4, row->created);
        vd_stmt_int(st, 5, row->expires);
        vd_stmt_blob(st, 6, (vd_str){(char *)salt, sizeof salt});
        vd_stmt_blob(st, 7, (vd_str){(char *)hashed, sizeof hashed});
    }
    int code = vd_papers_end(db, c, st ? vd_stmt_run(st, err) : VD_IO, err);
    return code ? code : vd_db_sync(db, err);
}

int vd_keys_make(vd_db *db, vd_str name, vd_key_role role, int64_t expires, char text[VD_KEY_MAX], vd_err *err)
{
    char id[64], secret[64], plain[130];
    if (role == VD_KEY_NONE) return vd_fail(err, VD_USAGE, "a key needs a role");
    begin_sodium();
    random_text(id, sizeof id, ID_BYTES);
    random_text(secret, sizeof secret, SECRET_BYTES);
    const vd_key_row row = {vd_str_from(id), name, role, vd_now_ms(), expires};
    int code = insert(db, &row, vd_str_from(secret), err);
    if (!code) {
        int n = snprintf(plain, sizeof plain, "%s:%s", id, secret);
        sodium_bin2base64(text, VD_KEY_MAX, (unsigned char *)plain, (size_t)n, sodium_base64_VARIANT_ORIGINAL);
        sodium_memzero(plain, sizeof plain);
    }
    sodium_memzero(secret, sizeof secret);
    return code;
}

/* Both alphabets, with or without padding. */
static bool decode(vd_str text, char plain[PLAIN_MAX], vd_str *id, vd_str *secret)
{
    bool url = false;
    size_t n, colon;
    for (size_t i = 0; i < text.n; i++)
        url |= text.p[i] == '-' || text.p[i] == '_';
    while (text.n && text.p[text.n - 1] == '=')
        text.n--;
    if (text.n == 0 ||
        sodium_base642bin((unsigned char *)plain, PLAIN_MAX, text.p, text.n, NULL, &n, NULL,
                          url ? sodium_base64_VARIANT_URLSAFE_NO_PADDING
                              : sodium_base64_VARIANT_ORIGINAL_NO_PADDING))
        return false;
    vd_str all = {plain, n};
    colon = vd_str_find_byte(all, ':', 0);
    if (colon == n) return false;
    *id = vd_str_sub(all, 0, colon);
    *secret = vd_str_sub(all, colon + 1, n);
    return true;
}

typedef struct stored_key {
    vd_key_role role;
    int64_t expires;
    unsigned char salt[SALT_BYTES], hash[HASH_BYTES];
} stored_key;

/* A key that is not there is compared with nothing's hash, so that ids are not told apart by
 * time. */
static void read_key(vd_conn *c, vd_str id, stored_key *key)
{
    *key = (stored_key){.role = VD_KEY_NONE};
    vd_stmt *st = vd_db_query(c, "SELECT role, expires, salt, hash FROM api_keys WHERE id = ?", NULL);
    if (!st) return;
    vd_stmt_text(st, 1, id);
    if (vd_stmt_step(st, NULL) == 1) {
        vd_str salt = vd_stmt_get_blob(st, 2), hashed = vd_stmt_get_blob(st, 3);
        if (salt.n == SALT_BYTES && hashed.n == HASH_BYTES) {
            memcpy(key->salt, salt.p, SALT_BYTES);
            memcpy(key->hash, hashed.p, HASH_BYTES);
            key->role = vd_key_role_from(vd_stmt_get_text(st, 0));
            key->expires = vd_stmt_get_int(st, 1);
        }
    }
    vd_stmt_reset(st);
}

vd_key_role vd_keys_check(vd_db *db, vd_str text, int64_t now)
{
    char plain[PLAIN_MAX];
    unsigned char hashed[HASH_BYTES];
    vd_str id, secret;
    stored_key key;
    if (!decode(text, plain, &id, &secret)) return VD_KEY_NONE;
    vd_conn *c = vd_db_reader(db, NULL);
    if (!c) return VD_KEY_NONE;
    read_key(c, id, &key);
    vd_db_return(db, c);
    hash(hashed, secret, key.salt);
    bool same = sodium_memcmp(hashed, key.hash, HASH_BYTES) == 0;
    sodium_memzero(plain, sizeof plain);
    return same && (key.expires == 0 || now < key.expires) ? key.role : VD_KEY_NONE;
}

typedef struct key_list {
    vd_arena *a;
    VD_VEC(vd_key_row) rows;
} key_list;

static void add_row(void *ctx, vd_stmt *st)
{
    key_list *list = ctx;
    *vd_vec_push(&list->rows) = (vd_key_row){.id = vd_stmt_copy(st, 0, list->a),
                                             .name = vd_stmt_copy(st, 1, list->a),
                                             .role = vd_key_role_from(vd_stmt_get_text(st, 2)),
                                             .created = vd_stmt_get_int(st, 3),
                                             .expires = vd_stmt_get_int(st, 4)};
}

int vd_keys_all(vd_db *db, vd_arena *a, vd_key_row **rows, size_t *n, vd_err *err)
{
    key_list list = {.a = a};
    int code = vd_papers_read(db, "SELECT id, name, role, created, expires FROM api_keys ORDER BY created, id",
                              NULL, 0, add_row, &list, NULL, err);
    if (!code) VD_PAPERS_GIVE(a, list.rows, rows, n);
    vd_vec_free(&list.rows);
    return code;
}

/* Synced: a key that was taken back must not return with the power. */
int vd_keys_revoke(vd_db *db, vd_str id, bool *was, vd_err *err)
{
    int64_t changes = 0;
    int code = vd_papers_run(db, "DELETE FROM api_keys WHERE id = ?", &id, 1, &changes, err);
    if (!code && was) *was = changes != 0;
    return code ? code : vd_db_sync(db, err);
}
