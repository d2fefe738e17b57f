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

}  // namespace tutti::races
