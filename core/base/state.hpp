#pragma once
// StateWriter: the canonical form of a machine's state, for the explorer. Ids are renamed by first
// appearance and times are relative to now, so two states that differ only in names and in how long
// the run took are one.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/feed.hpp"
#include "core/base/ids.hpp"
#include "core/base/time.hpp"

namespace tutti {

class StateWriter {
 public:
  explicit StateWriter(ServerTime now) : now_(now) {}

  void number(std::uint64_t value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  void id(std::uint64_t value) { number(names_.try_emplace(value, names_.size()).first->second); }
  void handle(Handle h) { id((std::uint64_t{h.slot} << 32) | h.generation.number()); }
  void conn(ConnId c) {
    number(c.edge);
    handle(c.handle);
  }
  void time(ServerTime at) {
    number(at == kNever ? ~0ULL : static_cast<std::uint64_t>(at.us - now_.us));
  }
  void position(Position position, Position head) { number(head.value - position.value); }

  const std::string& bytes() const { return out_; }

 private:
  ServerTime now_;
  std::string out_;
  std::unordered_map<std::uint64_t, std::size_t> names_;
};

}  // namespace tutti
