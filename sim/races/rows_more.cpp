#include "sim/races/rows_more.hpp"

namespace tutti::races {

std::vector<Row> more_rows() {
  return {row_cc_01(),   row_cc_02(),       row_cc_03(), row_cc_04(),
          row_cc_05(),   row_2328(),        row_2326(),  row_2308(),
          row_2297(),    row_2412(),        row_2153(),  row_2424(),
          row_2469(),    row_2436(),        row_2121(),  row_delete_beside_read(),
          row_migrate(), row_tail_commit(), row_n1(),    row_n2(),
          row_n3(),      row_n4(),          row_n5(),    row_n6(),
          row_n7(),      row_n8(),          row_n9(),    row_s1(),
          row_s2(),      row_s3(),          row_s4(),    row_s5(),
          row_s6(),      row_s7()};
}

}  // namespace tutti::races
