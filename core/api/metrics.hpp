#pragma once
// Metrics in Prometheus' text format, version 0.0.4.

#include <string>

#include "core/api/server.hpp"

namespace tutti::api {

std::string prometheus(const ServerStats& stats);
// Of the house's music: scans, measuring, groups, streams over HTTP.
std::string prometheus(const ScanStatus& scan, play::Groups& groups, const play::Streams& streams);

}  // namespace tutti::api
