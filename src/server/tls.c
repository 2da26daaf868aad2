#include "server/http_int.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <stdlib.h>

/* Certificates in one file, the server's own first. */
#define CHAIN_MAX 16

static void free_certificate(vd_certificate *c)
{
    for (unsigned i = 0; i < c->n; i++)
        gnutls_pcert_deinit(&c->chain[i]);
    if (c->key) gnutls_privkey_deinit(c->key);
    free(c->chain);
    free(c);
}

static int fail_tls(vd_err *err, const char *path, int code)
{
    return vd_fail(err, VD_IO, "%s: %s", path, code == GNUTLS_E_FILE_ERROR ? strerror(errno)
                                                                           : gnutls_strerror(code));
}

static int load_chain(vd_certificate *c, const char *path, vd_err *err)
{
    c->chain = vd_calloc(CHAIN_MAX, sizeof *c->chain);
    unsigned n = CHAIN_MAX;
    int code = gnutls_pcert_list_import_x509_file(c->chain, &n, path, GNUTLS_X509_FMT_PEM, NULL, NULL, 0);
    if (code < 0) return fail_tls(err, path, code);
    c->n = n;
    return n ? 0 : vd_fail(err, VD_IO, "%s: holds no certificate", path);
}

static int load_key(vd_certificate *c, const char *path, vd_err *err)
{
    gnutls_datum_t data = {0};
    int code = gnutls_load_file(path, &data);
    if (code < 0) return fail_tls(err, path, code);
    code = gnutls_privkey_init(&c->key);
    if (code >= 0) code = gnutls_privkey_import_x509_raw(c->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_memset(data.data, 0, data.size);
    gnutls_free(data.data);
    return code < 0 ? fail_tls(err, path, code) : 0;
}

static bool id_of(gnutls_pubkey_t key, unsigned char id[64], size_t *n)
{
    *n = 64;
    return gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, id, n) == 0;
}

static bool belongs(const vd_certificate *c)
{
    unsigned char a[64], b[64];
    size_t n_a, n_b;
    gnutls_pubkey_t own = NULL;
    bool same = gnutls_pubkey_init(&own) == 0 && gnutls_pubkey_import_privkey(own, c->key, 0, 0) == 0 &&
                id_of(own, a, &n_a) && id_of(c->chain[0].pubkey, b, &n_b) && n_a == n_b &&
                memcmp(a, b, n_a) == 0;
    if (own) gnutls_pubkey_deinit(own);
    return same;
}

int vd_tls_load(vd_http *h, vd_err *err)
{
    vd_certificate *c = vd_calloc(1, sizeof *c);
    int code = load_chain(c, h->cert_path, err);
    if (!code) code = load_key(c, h->key_path, err);
    if (!code && !belongs(c))
        code = vd_fail(err, VD_IO, "%s: is not the key of the certificate in %s", h->key_path, h->cert_path);
    if (code) {
        free_certificate(c);
        return code;
    }
    pthread_mutex_lock(&h->tls_lock);
    c->older = h->certificate;
    h->certificate = c;
    pthread_mutex_unlock(&h->tls_lock);
    return 0;
}

void vd_tls_fini(vd_http *h)
{
    while (h->certificate) {
        vd_certificate *c = h->certificate;
        h->certificate = c->older;
        free_certificate(c);
    }
}

/* The library keeps its connection with the session; ours hangs on that. */
int vd_tls_choose(gnutls_session_t session, const gnutls_datum_t *ca, int n_ca,
                  const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **chain,
                  unsigned *n, gnutls_privkey_t *key)
{
    struct MHD_Connection *mhd = gnutls_session_get_ptr(session);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (!info || !info->socket_context) return -1;
    vd_http *h = ((vd_conn *)info->socket_context)->h;
    pthread_mutex_lock(&h->tls_lock);
    *chain = h->certificate->chain;
    *n = h->certificate->n;
    *key = h->certificate->key;
    pthread_mutex_unlock(&h->tls_lock);
    return 0;
}
