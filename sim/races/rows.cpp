#include "sim/races/rows.hpp"

#include <string_view>

#include "sim/races/rows_list.hpp"

namespace tutti::races {

std::vector<Row> all_rows() {
  return {
      // Report 000.
      row_rc_1(), row_rc_2(), row_rc_3(), row_rc_4(), row_rc_5(), row_rc_6(), row_rc_7(),
      row_rc_8(), row_rc_9(), row_rc_10(),
      // Report 001.
      row_001_1(), row_001_2(), row_001_3(), row_001_4(), row_001_5(), row_001_6(), row_001_7(),
      // Report 002.
      // Report 003.
      row_netra_1(), row_netra_4(), row_netra_5(), row_netra_6(),
      // Report 004.
      row_pattern_1(), row_pattern_2(), row_pattern_3(), row_pattern_4(), row_suite_1(),
      row_suite_2(), row_suite_3(), row_suite_4(),
      // Beyond the reports.
  };
}

const Row* find_row(const std::vector<Row>& rows, std::string_view id) {
  for (const Row& row : rows) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

}  // namespace tutti::races
