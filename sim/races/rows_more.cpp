#include "sim/races/rows_more.hpp"

namespace tutti::races {

std::vector<Row> more_rows() {
  return {row_cc_01(), row_cc_02(), row_cc_03(), row_cc_04(),
          row_cc_05(), row_2328(),  row_2326(),  row_2308()};
}

}  // namespace tutti::races
