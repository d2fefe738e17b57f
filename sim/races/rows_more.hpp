#pragma once
// The rows about the library, the mastering chain, sessions and rooms: reports 002 and beyond.

#include <vector>

#include "sim/races/rows.hpp"

namespace tutti::races {

Row row_cc_01();
Row row_cc_02();
Row row_cc_03();
Row row_cc_04();
Row row_cc_05();
Row row_2328();
Row row_2326();
Row row_2308();
Row row_2297();
Row row_2412();
Row row_2153();
Row row_2424();
Row row_2469();
Row row_2436();
Row row_2121();
Row row_delete_beside_read();
Row row_migrate();
Row row_tail_commit();
Row row_n1();
Row row_n2();
Row row_n3();
Row row_n4();
Row row_n5();
Row row_n6();
Row row_n7();
Row row_n8();
Row row_n9();
Row row_s1();
Row row_s2();
Row row_s3();
Row row_s4();
Row row_s5();
Row row_s6();
Row row_s7();

// In the table's order.
std::vector<Row> more_rows();

}  // namespace tutti::races
