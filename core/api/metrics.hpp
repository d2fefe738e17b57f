#pragma once
// Metrics in Prometheus' text format, version 0.0.4.

#include <string>

#include "core/api/server.hpp"

namespace tutti::api {

std::string prometheus(const ServerStats& stats);

}  // namespace tutti::api
