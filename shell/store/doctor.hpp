#pragma once
// What is wrong with a data directory and what to do, as values. Repairs nothing, keeps no lock.

#include <string>
#include <vector>

#include "shell/store/migrate.hpp"

namespace tutti::shell {

enum class Severity : std::uint8_t { ok, note, warning, error };
std::string_view name(Severity severity);

struct Finding {
  Severity severity = Severity::ok;
  std::string subject;  // what was looked at: "house.db", "disk", "open files", ...
  std::string what;
  std::string hint{};  // what to do; empty when nothing
  friend bool operator==(const Finding&, const Finding&) = default;
};

// data_dir empty: only what concerns the machine. Walks the databases (quick_check), so it may take
// seconds. Thread: any.
std::vector<Finding> doctor(const std::string& data_dir);

}  // namespace tutti::shell
