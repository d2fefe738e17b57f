#pragma once
// Registry: which connection a client's id names. A second registration of an id is refused while
// the first lives; one by another account is reported; leaving erases only one's own registration,
// never that of a successor.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/base/ids.hpp"
#include "core/base/observed.hpp"
#include "core/base/recorder.hpp"
#include "core/base/result.hpp"
#include "core/base/state.hpp"

namespace tutti::live {

class Registry {
 public:
  explicit Registry(Recorder* recorder = nullptr) : recorder_(recorder) {}

  struct Refusal {
    bool foreign = false;  // the id is another account's: a security event
  };
  // Registers; Refusal when the id is taken.
  std::expected<void, Refusal> enter(const std::string& id, AccountId account, ConnId conn);
  // Erases the registration if it is this connection's.
  void leave(const std::string& id, ConnId conn);
  // Who is registered under the id; null when nobody is.
  const ConnId* find(const std::string& id) const;
  std::size_t size() const { return entries_.size(); }

  std::uint64_t refused() const { return Projection::of(refused_); }
  std::uint64_t foreign() const { return Projection::of(foreign_); }
  std::uint64_t stale() const { return Projection::of(stale_); }
  void describe(StateWriter& out) const;

 private:
  struct Entry {
    AccountId account;
    ConnId conn;
    std::uint64_t order = 0;
  };
  std::unordered_map<std::string, Entry> entries_;
  std::uint64_t entered_ = 0;
  Observed<std::uint64_t> refused_;
  Observed<std::uint64_t> foreign_;
  Observed<std::uint64_t> stale_;
  Recorder* recorder_;
};

}  // namespace tutti::live
