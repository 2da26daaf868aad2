/* field/ip.h - addresses and CIDR blocks */
#ifndef VD_FIELD_IP_H
#define VD_FIELD_IP_H

#include "base/str.h"

typedef struct vd_cidr {
    uint8_t net[16]; /* host bits cleared; IPv4 mapped into IPv6 */
    uint8_t bits;    /* 0 to 128, in the mapped form (10.0.0.0/8 is 104) */
} vd_cidr;

/* Reads an IPv4 or IPv6 address into its 16-byte form (IPv4 mapped). A zone
 * ("%eth0") is not accepted. false if it is no address. */
bool vd_ip_parse(vd_str s, uint8_t out[16]);
/* Reads "address/bits"; host bits may be set (EQL function reference,
 * cidrMatch). Without "/bits" it is the one address. */
bool vd_cidr_parse(vd_str s, vd_cidr *out);
bool vd_cidr_holds(const vd_cidr *c, const uint8_t ip[16]);
/* Canonical text (RFC 5952; mapped IPv4 as dotted quad); returns the length. */
size_t vd_ip_format(const uint8_t ip[16], char out[48]);

#endif
