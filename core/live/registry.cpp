#include "core/live/registry.hpp"

#include <algorithm>
#include <vector>

#include "core/base/check.hpp"

namespace tutti::live {

std::expected<void, Registry::Refusal> Registry::enter(const std::string& id, AccountId account,
                                                       ConnId conn) {
  if (recorder_ != nullptr) recorder_->wrote(this, Recorder::kWhole);
  auto found = entries_.find(id);
  if (!GUARD("registry.duplicate", found == entries_.end())) {
    refused_.add(1);
    bool foreign = !(found->second.account == account);
    if (foreign) foreign_.add(1);
    return std::unexpected(Refusal{foreign});
  }
  entries_[id] = {account, conn, ++entered_};
  return {};
}

void Registry::leave(const std::string& id, ConnId conn) {
  if (recorder_ != nullptr) recorder_->wrote(this, Recorder::kWhole);
  auto found = entries_.find(id);
  if (found == entries_.end()) return;
  if (!GUARD("registry.generation", found->second.conn == conn)) {
    stale_.add(1);
    return;
  }
  entries_.erase(found);
}

const ConnId* Registry::find(const std::string& id) const {
  if (recorder_ != nullptr) recorder_->read(this, Recorder::kWhole);
  auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second.conn;
}

void Registry::describe(StateWriter& out) const {
  std::vector<std::pair<std::uint64_t, const std::string*>> ordered;
  for (const auto& [id, entry] : entries_) ordered.emplace_back(entry.order, &id);
  std::sort(ordered.begin(), ordered.end());
  out.number(ordered.size());
  for (const auto& [order, id] : ordered) {
    const Entry& entry = entries_.at(*id);
    out.text(*id);
    out.id(entry.account.value);
    out.conn(entry.conn);
  }
}

}  // namespace tutti::live
