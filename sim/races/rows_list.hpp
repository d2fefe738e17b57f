#pragma once
// One function a row; rows.cpp puts them into the table's order.

#include "sim/races/rows.hpp"

namespace tutti::races {

Row row_rc_9();

}  // namespace tutti::races
