#include "core/library/scan_plan.hpp"

namespace tutti::library {
namespace {

// What lies beside a file that cannot be read makes it no better.
bool is_changed(const ScanEntry& file, const KnownFile& row) {
  return file.stamp != row.stamp || (row.track && file.beside != row.beside);
}

}  // namespace

DirectoryPlan plan_directory(std::span<const ScanEntry> files, std::span<const KnownFile> known) {
  DirectoryPlan plan;
  std::size_t f = 0, k = 0;
  while (f < files.size() || k < known.size()) {
    int order = f == files.size()   ? 1
                : k == known.size() ? -1
                                    : files[f].name.compare(known[k].name);
    if (order < 0) {
      plan.reads.push_back({files[f].name, files[f].stamp, {}, files[f].beside});
    } else if (order > 0) {
      plan.gone.push_back({known[k].name, known[k].available});
    } else if (is_changed(files[f], known[k])) {
      plan.reads.push_back({files[f].name, files[f].stamp, known[k].track, files[f].beside});
    } else {
      if (!known[k].available) plan.back.push_back(known[k].name);
      ++plan.unchanged;
    }
    if (order <= 0) ++f;
    if (order >= 0) ++k;
  }
  return plan;
}

}  // namespace tutti::library
