#pragma once
// Streams: audio for listeners over HTTP, one track each. At most kStreams play at once, the next
// waits in order, and is refused when it has waited too long; a file that goes out as it is needs
// no slot. A slot is a charge that its stream holds: however a stream ends, its slot is free once,
// and never twice.
//
// What a stream is (its track, its type, its format) is a constant of it, from the question to the
// last byte; its epoch tells it from every other.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "core/base/budget.hpp"
#include "core/base/limits.hpp"
#include "core/base/observed.hpp"
#include "core/base/random.hpp"
#include "core/base/result.hpp"
#include "core/base/ring.hpp"
#include "core/base/state.hpp"
#include "core/base/table.hpp"
#include "core/base/time.hpp"

namespace tutti::play {

enum class StreamType : std::uint8_t { normal, enhanced };
// `original`: the file as it is.
enum class StreamCodec : std::uint8_t { original, opus, mp3, flac, wav };

struct StreamWish {
  AccountId account;
  TrackId track;
  StreamType type = StreamType::normal;
  StreamCodec codec = StreamCodec::opus;
  int kbps = 0;  // 0: the codec's usual
  Duration from{};
  friend bool operator==(const StreamWish&, const StreamWish&) = default;
};

class Streams {
 public:
  explicit Streams(Random& random, Recorder* recorder = nullptr,
                   std::size_t slots = limits::kStreams);

  // ---- effects ----
  // Answer with opened().
  struct Open {
    StreamId stream;
    StreamWish wish;
  };
  // It can be read.
  struct Begin {
    ConnId conn;
    StreamId stream;
    StreamWish wish;
    Epoch epoch;
  };
  struct Refuse {
    ConnId conn;
    Error error;
  };
  // Let go of it. Nothing of it is asked for any more.
  struct End {
    StreamId stream;
  };
  using Effect = std::variant<Open, Begin, Refuse, End>;

  // A connection asks; it is answered with Begin or Refuse, unless it closes first.
  void ask(ConnId conn, const StreamWish& wish, Now now);
  void opened(StreamId stream, const Result<void>& outcome, Now now);
  // Its last byte was made, or it cannot be made further.
  void over(StreamId stream, Now now);
  void closed(ConnId conn, Now now);

  ServerTime deadline() const;
  void fire(Now now);
  std::optional<Effect> poll();

  std::size_t playing() const { return slots_.used(); }
  std::size_t waiting() const { return order_.size(); }
  std::uint64_t stale() const { return Projection::of(stale_); }
  void describe(StateWriter& out) const;

 private:
  enum class Phase : std::uint8_t { waiting, opening, open };
  struct Stream {
    Stream(Budget& slots, StreamId name, ConnId asker, const StreamWish& what, Epoch which)
        : id(name), conn(asker), wish(what), epoch(which), slot(slots) {}
    StreamId id;
    ConnId conn;
    StreamWish wish;
    Epoch epoch;
    Charge slot;
    Phase phase = Phase::waiting;
    ServerTime until = kNever;  // while it waits
  };
  void effect(Effect effect);
  Stream* find(StreamId stream);
  void erase(StreamId stream);
  void admit(Now now);

  Random& random_;
  Budget slots_;
  Table<Stream> streams_;
  std::unordered_map<StreamId, Handle> by_id_;
  std::unordered_map<ConnId, StreamId> by_conn_;
  Ring<StreamId> order_;  // that wait
  Epoch epoch_;
  Ring<Effect> effects_;
  Observed<std::uint64_t> stale_;
  Recorder* recorder_;
};

}  // namespace tutti::play
