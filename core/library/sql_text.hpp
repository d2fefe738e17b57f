#pragma once
// SQL as text with its values apart: nothing that was typed ever stands in the text.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tutti::library {

using SqlValue = std::variant<std::int64_t, std::string>;

struct SqlText {
  std::string text;
  std::vector<SqlValue> values;  // of the question marks, in order

  SqlText& add(std::string_view more) {
    text += more;
    return *this;
  }
  SqlText& value(SqlValue value) {
    text += '?';
    values.push_back(std::move(value));
    return *this;
  }
  SqlText& add(const SqlText& more) {
    text += more.text;
    values.insert(values.end(), more.values.begin(), more.values.end());
    return *this;
  }
};

}  // namespace tutti::library
