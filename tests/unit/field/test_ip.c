/* Addresses as a user writes them and as they come out again. */
#include "check.h"
#include "field/ip.h"

static void check_canonical(const char *in, const char *want)
{
    uint8_t ip[16];
    char out[48];
    if (!vd_ip_parse(vd_str_from(in), ip)) fail_msg("%s: not taken", in);
    size_t n = vd_ip_format(ip, out);
    assert_int_equal(n, strlen(out));
    if (strcmp(out, want) != 0) fail_msg("%s: got %s, want %s", in, out, want);
}

static void addresses_become_canonical(void **state)
{
    static const char *const rows[][2] = {
        {"10.0.0.1", "10.0.0.1"},
        {"255.255.255.255", "255.255.255.255"},
        {"0.0.0.0", "0.0.0.0"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:DB8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"fe80::0a0b:0c0d", "fe80::a0b:c0d"},
        {"::ffff:192.168.0.1", "192.168.0.1"},
        {"::ffff:c0a8:1", "192.168.0.1"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_canonical(rows[i][0], rows[i][1]);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.04",
        " 1.2.3.4",
        "1.2.3.4 ",
        "1..2.3",
        "1.2.3.4/8",
        ":",
        ":::",
        "1:2",
        "1::2::3",
        "12345::",
        "1:2:3:4:5:6:7:8:9",
        "::1:",
        ":1::",
        "fe80::1%e0",
        "::1.2.3.4.5",
        "g::",
        "1:2:3:4::5:6:7:8",
        "::1.2.3",
        "1:2:3:4:5:6:7:1.2.3.4",
        "example.com",
        "1.2.3.-4",
        "1:",
    };
    uint8_t ip[16];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (vd_ip_parse(vd_str_from(rows[i]), ip)) fail_msg("\"%s\" was taken", rows[i]);
}

static bool holds(const char *block, const char *address)
{
    vd_cidr c;
    uint8_t ip[16];
    assert_true(vd_cidr_parse(vd_str_from(block), &c));
    assert_true(vd_ip_parse(vd_str_from(address), ip));
    return vd_cidr_holds(&c, ip);
}

static void blocks_hold_their_addresses(void **state)
{
    assert_true(holds("10.0.0.0/8", "10.255.255.255"));
    assert_false(holds("10.0.0.0/8", "11.0.0.0"));
    assert_true(holds("10.6.48.157/8", "10.1.2.3")); /* host bits may be set */
    assert_true(holds("192.168.1.64/26", "192.168.1.127"));
    assert_false(holds("192.168.1.64/26", "192.168.1.128"));
    assert_true(holds("0.0.0.0/0", "8.8.8.8"));
    assert_false(holds("0.0.0.0/0", "2001:db8::1"));
    assert_true(holds("::/0", "8.8.8.8"));
    assert_true(holds("fe80::/10", "febf::1"));
    assert_false(holds("fe80::/10", "fec0::1"));
    assert_true(holds("127.0.0.1", "127.0.0.1"));
    assert_false(holds("127.0.0.1", "127.0.0.2"));
    assert_true(holds("127.0.0.1/32", "127.0.0.1"));
    assert_true(holds("::1/128", "::1"));
}

static void what_is_no_block_is_refused(void **state)
{
    static const char *const rows[] = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
                                       "10.0.0.0/08", "::/129",    "10/8",
                                       "/8",          "",          "10.0.0.0/8/8"};
    vd_cidr c;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (vd_cidr_parse(vd_str_from(rows[i]), &c)) fail_msg("\"%s\" was taken", rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_become_canonical),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(blocks_hold_their_addresses),
        cmocka_unit_test(what_is_no_block_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
