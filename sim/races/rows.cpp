#include "sim/races/rows.hpp"

#include <string_view>

#include "sim/races/rows_list.hpp"

namespace tutti::races {

std::vector<Row> all_rows() {
  return {
      row_rc_1(), row_rc_2(), row_rc_3(), row_rc_4(), row_rc_5(),
      row_rc_6(), row_rc_7(), row_rc_8(), row_rc_9(), row_rc_10(),
  };
}

const Row* find_row(const std::vector<Row>& rows, std::string_view id) {
  for (const Row& row : rows) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

}  // namespace tutti::races
