#include "core/library/query_cache.hpp"

#include <iterator>

#include "core/base/check.hpp"

namespace tutti::library {

std::string QueryCache::key_of(AccountId account, std::string_view request) {
  return to_text(account) + " " + std::string(request);
}

Version QueryCache::version_of(AccountId account) const {
  auto found = accounts_.find(account);
  return found == accounts_.end() ? Version() : found->second;
}

QueryCache::AskedAt QueryCache::now(AccountId account) const {
  note_read(recorder_, this);
  return {library_, version_of(account)};
}

std::optional<Bytes> QueryCache::get(AccountId account, std::string_view request) {
  note_write(recorder_, this);  // the order of use
  auto found = found_.find(key_of(account, request));
  if (found == found_.end()) {
    misses_.add(1);
    return std::nullopt;
  }
  hits_.add(1);
  order_.splice(order_.begin(), order_, found->second);
  return found->second->answer;
}

const Bytes* QueryCache::peek(AccountId account, std::string_view request) const {
  note_read(recorder_, this);
  auto found = found_.find(key_of(account, request));
  return found == found_.end() ? nullptr : &found->second->answer;
}

bool QueryCache::put(AccountId account, std::string_view request, Bytes answer, AskedAt asked) {
  note_write(recorder_, this);
  if (!GUARD("library.cache_version", is_current(library_, asked.library) &&
                                          is_current(version_of(account), asked.account))) {
    refused_.add(1);
    return false;
  }
  Entry entry{account, key_of(account, request), std::move(answer)};
  if (entry.size() > max_entry_) return false;
  if (auto old = found_.find(entry.key); old != found_.end()) drop(old->second);
  bytes_ += entry.size();
  order_.push_front(std::move(entry));
  found_.emplace(order_.front().key, order_.begin());
  while (bytes_ > max_bytes_) {
    evicted_.add(1);
    drop(std::prev(order_.end()));
  }
  return true;
}

void QueryCache::drop(Order::iterator entry) {
  bytes_ -= entry->size();
  found_.erase(entry->key);
  order_.erase(entry);
}

void QueryCache::library_changed() {
  note_write(recorder_, this);
  library_ = library_.next();
  order_.clear();
  found_.clear();
  bytes_ = 0;
}

void QueryCache::account_changed(AccountId account) {
  note_write(recorder_, this);
  accounts_[account] = version_of(account).next();
  for (auto entry = order_.begin(); entry != order_.end();) {
    auto next = std::next(entry);
    if (entry->account == account) drop(entry);
    entry = next;
  }
}

// Versions say only whether an answer that is under way will be taken: that is its holder's to
// describe.
void QueryCache::describe(StateWriter& out) const {
  out.number(order_.size());
  for (const Entry& entry : order_) {
    out.id(entry.account.value);
    out.text(std::string_view(entry.key).substr(to_text(entry.account).size()));
    out.text(entry.answer.text());
  }
}

}  // namespace tutti::library
