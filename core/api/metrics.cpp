#include "core/api/metrics.hpp"

#include <fmt/format.h>

#include <iterator>

namespace tutti::api {
namespace {

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

void labelled(std::string& out, std::string_view name, std::string_view type, std::string_view help,
              std::string_view label, const std::vector<NamedCount>& counts) {
  family(out, name, type, help);
  for (const NamedCount& c : counts)
    fmt::format_to(std::back_inserter(out), "{}{{{}=\"{}\"}} {}\n", name, label, c.name, c.count);
}

void single(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            std::int64_t value) {
  family(out, name, type, help);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

}  // namespace

std::string prometheus(const ServerStats& stats) {
  std::string out;
  labelled(out, "tutti_connections", "gauge", "Open connections by state.", "state",
           stats.connections);
  labelled(out, "tutti_closes_total", "counter", "Connections that ended, by reason.", "reason",
           stats.closes);
  labelled(out, "tutti_absorbed_total", "counter", "Symptoms of races that were absorbed.", "kind",
           stats.absorbed);
  single(out, "tutti_opened_total", "counter", "Connections accepted.", stats.opened);
  single(out, "tutti_messages_in_total", "counter", "Requests and messages received.",
         stats.messages_in);
  single(out, "tutti_frames_out_total", "counter", "Messages sent.", stats.frames_out);
  single(out, "tutti_bytes_in_total", "counter", "Bytes received.", stats.bytes_in);
  single(out, "tutti_bytes_out_total", "counter", "Bytes sent.", stats.bytes_out);
  labelled(out, "tutti_held_bytes", "gauge", "Bytes held, as charged, by budget.", "budget",
           stats.held);
  single(out, "tutti_registered", "gauge", "Live connections that are registered.",
         stats.registered);
  return out;
}

}  // namespace tutti::api
