#include "sim/races/rows.hpp"

#include <string_view>

#include "sim/races/rows_list.hpp"

namespace tutti::races {

std::vector<Row> all_rows() {  // NOLINT(readability-function-size): a table
  return {
      // Report 000.
      row_rc_1(),
      row_rc_2(),
      row_rc_3(),
      row_rc_4(),
      row_rc_5(),
      row_rc_6(),
      row_rc_7(),
      row_rc_8(),
      row_rc_9(),
      row_rc_10(),
      // Report 001.
      row_001_1(),
      row_001_2(),
      row_001_3(),
      row_001_4(),
      row_001_5(),
      row_001_6(),
      row_001_7(),
      // Report 002, and what it calls safe or repaired.
      row_cc_01(),
      row_cc_02(),
      row_cc_03(),
      row_cc_04(),
      row_cc_05(),
      row_2328(),
      row_2326(),
      row_2308(),
      row_2297(),
      row_2412(),
      row_2153(),
      row_2424(),
      row_2469(),
      row_2436(),
      row_2121(),
      row_delete_beside_read(),
      row_migrate(),
      row_tail_commit(),
      // Report 003.
      row_netra_1(),
      row_netra_4(),
      row_netra_5(),
      row_netra_6(),
      // Report 004.
      row_pattern_1(),
      row_pattern_2(),
      row_pattern_3(),
      row_pattern_4(),
      row_suite_1(),
      row_suite_2(),
      row_suite_3(),
      row_suite_4(),
      // Found in the same systems beyond the reports.
      row_n1(),
      row_n2(),
      row_n3(),
      row_n4(),
      row_n5(),
      row_n6(),
      row_n7(),
      row_n8(),
      row_n9(),
      row_s1(),
      row_s2(),
      row_s3(),
      row_s4(),
      row_s5(),
      row_s6(),
      row_s7(),
  };
}

const Row* find_row(const std::vector<Row>& rows, std::string_view id) {
  for (const Row& row : rows) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

}  // namespace tutti::races
