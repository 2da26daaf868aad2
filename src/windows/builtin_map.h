/* windows/builtin_map.h - the maps of data/, one behind the other, as built in
 *
 * The .c file is written by tools/gen_windows_table.py. */
#ifndef VD_WINDOWS_BUILTIN_MAP_H
#define VD_WINDOWS_BUILTIN_MAP_H

#include <stddef.h>

extern const char vd_builtin_map[];
extern const size_t vd_builtin_map_size;

#endif
