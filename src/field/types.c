/* field/types.c - Elasticsearch's type names and what they are to us */
#include "field/field.h"

const char *vd_field_type_name(vd_field_type type)
{
    static const char *const names[VD_TYPE_COUNT] = {
        [VD_TYPE_UNKNOWN] = "unknown",
        [VD_TYPE_KEYWORD] = "keyword",
        [VD_TYPE_CONSTANT_KEYWORD] = "constant_keyword",
        [VD_TYPE_WILDCARD] = "wildcard",
        [VD_TYPE_TEXT] = "text",
        [VD_TYPE_LONG] = "long",
        [VD_TYPE_UNSIGNED_LONG] = "unsigned_long",
        [VD_TYPE_DOUBLE] = "double",
        [VD_TYPE_BOOLEAN] = "boolean",
        [VD_TYPE_DATE] = "date",
        [VD_TYPE_IP] = "ip",
        [VD_TYPE_VERSION] = "version",
        [VD_TYPE_OBJECT] = "object",
        [VD_TYPE_NESTED] = "nested",
        [VD_TYPE_FLATTENED] = "flattened",
        [VD_TYPE_OTHER] = "other",
    };
    return (unsigned)type < VD_TYPE_COUNT ? names[type] : "unknown";
}

vd_field_type vd_field_type_from(vd_str name)
{
    static const struct {
        const char *name;
        vd_field_type type;
    } rows[] = {
        {"keyword", VD_TYPE_KEYWORD},
        {"constant_keyword", VD_TYPE_CONSTANT_KEYWORD},
        {"wildcard", VD_TYPE_WILDCARD},
        {"text", VD_TYPE_TEXT},
        {"match_only_text", VD_TYPE_TEXT},
        {"pattern_text", VD_TYPE_TEXT},
        {"long", VD_TYPE_LONG},
        {"integer", VD_TYPE_LONG},
        {"short", VD_TYPE_LONG},
        {"byte", VD_TYPE_LONG},
        {"unsigned_long", VD_TYPE_UNSIGNED_LONG},
        {"double", VD_TYPE_DOUBLE},
        {"float", VD_TYPE_DOUBLE},
        {"half_float", VD_TYPE_DOUBLE},
        {"scaled_float", VD_TYPE_DOUBLE},
        {"boolean", VD_TYPE_BOOLEAN},
        {"date", VD_TYPE_DATE},
        {"date_nanos", VD_TYPE_DATE},
        {"ip", VD_TYPE_IP},
        {"version", VD_TYPE_VERSION},
        {"object", VD_TYPE_OBJECT},
        {"passthrough", VD_TYPE_OBJECT},
        {"nested", VD_TYPE_NESTED},
        {"flattened", VD_TYPE_FLATTENED},
        /* Mapped, searchable by other means, but nothing that EQL can use. */
        {"aggregate_metric_double", VD_TYPE_OTHER},
        {"annotated_text", VD_TYPE_OTHER},
        {"binary", VD_TYPE_OTHER},
        {"completion", VD_TYPE_OTHER},
        {"date_range", VD_TYPE_OTHER},
        {"dense_vector", VD_TYPE_OTHER},
        {"double_range", VD_TYPE_OTHER},
        {"float_range", VD_TYPE_OTHER},
        {"geo_point", VD_TYPE_OTHER},
        {"geo_shape", VD_TYPE_OTHER},
        {"histogram", VD_TYPE_OTHER},
        {"integer_range", VD_TYPE_OTHER},
        {"ip_range", VD_TYPE_OTHER},
        {"join", VD_TYPE_OTHER},
        {"long_range", VD_TYPE_OTHER},
        {"murmur3", VD_TYPE_OTHER},
        {"percolator", VD_TYPE_OTHER},
        {"point", VD_TYPE_OTHER},
        {"rank_feature", VD_TYPE_OTHER},
        {"rank_features", VD_TYPE_OTHER},
        {"rank_vectors", VD_TYPE_OTHER},
        {"search_as_you_type", VD_TYPE_OTHER},
        {"semantic_text", VD_TYPE_OTHER},
        {"shape", VD_TYPE_OTHER},
        {"sparse_vector", VD_TYPE_OTHER},
        {"token_count", VD_TYPE_OTHER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (vd_str_eq(name, vd_str_from(rows[i].name))) return rows[i].type;
    return VD_TYPE_COUNT;
}
