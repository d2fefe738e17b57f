#pragma once
// One function a row; rows.cpp puts them into the table's order.

#include "sim/races/rows.hpp"

namespace tutti::races {

// Report 000.
Row row_rc_1();
Row row_rc_2();
Row row_rc_3();
Row row_rc_4();
Row row_rc_5();
Row row_rc_6();
Row row_rc_7();
Row row_rc_8();
Row row_rc_9();
Row row_rc_10();
// Report 001.
Row row_001_1();
Row row_001_2();
Row row_001_3();
Row row_001_4();
Row row_001_5();
Row row_001_6();
Row row_001_7();
// Report 002.
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
// Report 003.
Row row_netra_1();
Row row_netra_4();
Row row_netra_5();
Row row_netra_6();
// Report 004.
Row row_pattern_1();
Row row_pattern_2();
Row row_pattern_3();
Row row_pattern_4();
Row row_suite_1();
Row row_suite_2();
Row row_suite_3();
Row row_suite_4();
// Beyond the reports.
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

}  // namespace tutti::races
