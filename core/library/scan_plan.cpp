#include "core/library/scan_plan.hpp"

namespace tutti::library {

DirectoryPlan plan_directory(std::span<const ScanEntry> files, std::span<const KnownFile> known) {
  DirectoryPlan plan;
  std::size_t f = 0, k = 0;
  while (f < files.size() || k < known.size()) {
    int order = f == files.size()   ? 1
                : k == known.size() ? -1
                                    : files[f].name.compare(known[k].name);
    if (order < 0) {
      plan.reads.push_back({files[f].name, files[f].stamp, {}});
    } else if (order > 0) {
      plan.gone.push_back({known[k].name, known[k].available});
    } else if (files[f].stamp != known[k].stamp) {
      plan.reads.push_back({files[f].name, files[f].stamp, known[k].track});
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
