#pragma once
// Outbox: what one connection still has to be sent. Own pieces (replies, control frames) in order,
// then feeds through cursors. `stage` moves frames into the staged list, whose bytes are final:
// they are sent verbatim, `wrote` only removes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/base/budget.hpp"
#include "core/base/bytes.hpp"
#include "core/base/feed.hpp"
#include "core/base/limits.hpp"
#include "core/base/ring.hpp"
#include "core/base/state.hpp"
#include "core/live/holding.hpp"

namespace tutti::live {

// A head of its own (a frame header) and a payload that may be shared with other connections.
struct Piece {
  std::array<std::byte, 15> head{};
  std::uint8_t head_size = 0;
  Bytes payload;
  std::size_t size() const { return head_size + payload.size(); }
};

// A cursor, and what its peer holds of what was sent.
struct Reader : Cursor {
  std::optional<Holding> holding{};
};

class Outbox {
 public:
  explicit Outbox(Budget& budget) : charge_(budget) {}

  // Own bytes, at the end of the queue. False when the bound or the budget is passed: the reader is
  // too slow.
  [[nodiscard]] bool push(Piece piece, std::size_t most = limits::kOutboxBytes);
  // Before everything that is not staged: pongs and pings overtake.
  [[nodiscard]] bool push_front(Piece piece);

  std::vector<Reader>& cursors() { return cursors_; }
  const std::vector<Reader>& cursors() const { return cursors_; }

  // Moves own pieces to the staged list, up to `budget` bytes in all.
  void stage_own(std::size_t budget);
  // Adds one frame from a cursor; the caller framed it. Its payload is charged to its feed, not
  // here.
  void stage(Piece piece);
  std::size_t staged_bytes() const { return staged_bytes_; }
  std::size_t queued_bytes() const { return queued_bytes_; }
  bool own_waiting() const { return !queue_.empty(); }
  bool empty() const { return staged_.empty() && queue_.empty(); }

  // Views of the staged bytes, valid until the next call that changes the outbox.
  void views(std::vector<ByteView>& out) const;
  void wrote(std::size_t bytes);

  // Forgets all that is not staged: what was begun is finished, the rest is cut.
  void cut();
  void describe(StateWriter& out, const std::function<Position(FeedId)>& head_of) const;

 private:
  struct Staged {
    Piece piece;
    bool own = false;
  };
  static constexpr std::size_t kPieces = 65536;

  Ring<Piece> queue_{kPieces};
  Ring<Staged> staged_{kPieces};
  std::vector<Reader> cursors_;
  std::size_t front_sent_ = 0;    // bytes of the first staged piece that are on the wire
  std::size_t staged_bytes_ = 0;  // not yet written
  std::size_t queued_bytes_ = 0;  // own bytes, queued or staged
  Charge charge_;
};

}  // namespace tutti::live
