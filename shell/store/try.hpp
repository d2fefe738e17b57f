#pragma once
// Passing an error on in one line, for functions of this module that return a Result. A statement
// each: TRY(store.write(x)); TRY_LET(row, store.read()); then `row` is the value.

#include <expected>
#include <utility>

#define TRY(expr)                                            \
  do {                                                       \
    if (auto try_result = (expr); !try_result)               \
      return std::unexpected(std::move(try_result).error()); \
  } while (false)

#define TRY_LET(name, expr)                                                     \
  auto name##_result = (expr);                                                  \
  if (!name##_result) return std::unexpected(std::move(name##_result).error()); \
  auto& name = *name##_result  // NOLINT(bugprone-macro-parentheses): it is declared here
