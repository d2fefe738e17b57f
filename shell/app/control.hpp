#pragma once
// Commands that a running server carries out: one HTTP request over the Unix socket in the data
// directory. Thread: main.

#include <string>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace tutti::shell {

// POSTs to `path`; the answer's JSON, or its error. not_found: no server holds the directory.
Result<Json> ask_server(const std::string& data_dir, const std::string& path, const Json& body);

}  // namespace tutti::shell
