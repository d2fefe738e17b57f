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

std::string prometheus(const ScanStatus& scan, play::Groups& groups, const play::Streams& streams) {
  std::string out;
  single(out, "tutti_tracks", "gauge", "Tracks in the library.", scan.tracks);
  labelled(out, "tutti_measure_tracks", "gauge", "Tracks by whether their loudness was measured.",
           "state", {{"measured", scan.measured}, {"waiting", scan.to_measure}});
  std::vector<NamedCount> scanned{
      {"seen", 0}, {"added", 0}, {"changed", 0}, {"removed", 0}, {"failed", 0}};
  for (const FolderScan& folder : scan.folders) {
    std::int64_t found[] = {folder.seen, folder.added, folder.changed, folder.removed,
                            folder.failed};
    for (std::size_t i = 0; i < scanned.size(); ++i) scanned[i].count += found[i];
  }
  single(out, "tutti_scanning", "gauge", "Whether a folder is being scanned.", scan.scanning);
  labelled(out, "tutti_scan_files", "gauge", "Files of the scans that run, or of the last.", "what",
           scanned);
  std::vector<NamedCount> states;
  for (const auto& row : names_of(play::PlayState{})) states.push_back({std::string(row.name), 0});
  std::int64_t late = 0, stale = 0;
  groups.for_each([&](const play::Group& group) {
    ++states[static_cast<std::size_t>(group.state())].count;
    late += static_cast<std::int64_t>(group.late());
    stale += static_cast<std::int64_t>(group.stale());
  });
  labelled(out, "tutti_groups", "gauge", "Groups by what they do.", "state", states);
  single(out, "tutti_late_chunks_total", "counter",
         "Pieces of audio that were made after their time to be heard.", late);
  single(out, "tutti_stale_answers_total", "counter",
         "Answers to groups that came when nobody waited for them any more.", stale);
  labelled(out, "tutti_streams", "gauge", "Streams over HTTP.", "state",
           {{"open", static_cast<std::int64_t>(streams.playing())},
            {"waiting", static_cast<std::int64_t>(streams.waiting())}});
  return out;
}

}  // namespace tutti::api
