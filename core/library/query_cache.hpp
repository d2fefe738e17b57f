#pragma once
// Answers kept as bytes, by account and request. An answer is put under the versions at which it
// was asked for: what was read before a change is refused, however late it comes, so nothing stale
// is ever kept behind the change.

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/observed.hpp"
#include "core/base/recorder.hpp"
#include "core/base/state.hpp"

namespace tutti::library {

class QueryCache {
 public:
  // Holds at most `max_bytes`, keys and a fixed cost for each entry included; the longest unused
  // goes first. An entry over `max_entry` is not kept.
  QueryCache(std::size_t max_bytes, std::size_t max_entry, Recorder* recorder = nullptr)
      : max_bytes_(max_bytes), max_entry_(max_entry), recorder_(recorder) {}
  QueryCache(const QueryCache&) = delete;
  QueryCache& operator=(const QueryCache&) = delete;

  // When an answer was asked for: of the library, and of what is the account's.
  struct AskedAt {
    Version library;
    Version account;
  };
  // To be taken before the store is asked, and handed to put with its answer.
  AskedAt now(AccountId account) const;

  // The answer; nothing: ask the store.
  std::optional<Bytes> get(AccountId account, std::string_view request);
  // The same without counting as a use; null: nothing.
  const Bytes* peek(AccountId account, std::string_view request) const;
  // False: something changed since, or it is too large; it is not kept.
  bool put(AccountId account, std::string_view request, Bytes answer, AskedAt asked);

  // After a change was committed, before it is acknowledged: to the library (a batch of a scan, the
  // folders of an account), or to what is one account's (a rating, a playlist).
  void library_changed();
  void account_changed(AccountId account);

  std::size_t bytes() const { return bytes_; }
  std::size_t entries() const { return order_.size(); }
  std::uint64_t hits() const { return Projection::of(hits_); }
  std::uint64_t misses() const { return Projection::of(misses_); }
  std::uint64_t refused() const { return Projection::of(refused_); }
  std::uint64_t evicted() const { return Projection::of(evicted_); }
  void describe(StateWriter& out) const;

  // What an entry costs beside its key and its answer.
  static constexpr std::size_t kEntryBytes = 128;

 private:
  struct Entry {
    AccountId account;
    std::string key;
    Bytes answer;
    std::size_t size() const { return key.size() + answer.size() + kEntryBytes; }
  };
  using Order = std::list<Entry>;  // used last, first
  static std::string key_of(AccountId account, std::string_view request);
  Version version_of(AccountId account) const;
  void drop(Order::iterator entry);

  std::size_t max_bytes_;
  std::size_t max_entry_;
  std::size_t bytes_ = 0;
  Version library_;
  std::unordered_map<AccountId, Version> accounts_;  // that changed something
  Order order_;
  std::unordered_map<std::string, Order::iterator> found_;
  Observed<std::uint64_t> hits_;
  Observed<std::uint64_t> misses_;
  Observed<std::uint64_t> refused_;
  Observed<std::uint64_t> evicted_;
  Recorder* recorder_;
};

}  // namespace tutti::library
