#include "sim/races/rows.hpp"

#include <string_view>
#include <utility>

#include "sim/races/rows_list.hpp"
#include "sim/races/rows_more.hpp"

namespace tutti::races {

std::vector<Row> all_rows() {
  std::vector<Row> rows{row_rc_9()};
  for (Row& row : more_rows()) rows.push_back(std::move(row));
  return rows;
}

const Row* find_row(const std::vector<Row>& rows, std::string_view id) {
  for (const Row& row : rows) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

}  // namespace tutti::races
