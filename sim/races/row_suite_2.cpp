// Suite 2, report 004, "event buffer": producers race for the buffer, individual sends race with
// the flush, and many events saturate it. True hazards: an event that finds the buffer empty is
// sent at once, though the flush still holds what it took out; and a full buffer drops the newest
// without a word.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct Saturation : explore::Actors<Saturation> {
  static constexpr std::uint8_t kRoom = 3;
  struct Event {
    std::uint8_t producer = 0, n = 0;
    void state(StateWriter& out) const { put(out, producer, n); }
  };
  struct Buffer {
    std::array<Event, kRoom> events{};
    std::uint8_t size = 0;
    void state(StateWriter& out) const {
      for (std::uint8_t i = 0; i < size; ++i) events[i].state(out);
      out.number(size);
    }
  };
  const bool repaired;
  Cell<bool> connected{"connected", false};
  Cell<Buffer> buffer{"buffer"};
  Cell<bool> flushing{"a batch is under way", false};
  ExactlyOnceInOrder events;
  std::uint8_t produced[4] = {};  // by actor
  Buffer batch;                   // of the flush

  explicit Saturation(bool twin) : repaired(twin) {
    static constexpr Step kProduce[] = {
        {"emits an event", [](Saturation& m) { m.emit(); }},
        // Suspended here: the agent works on.
        {"emits another", [](Saturation& m) { m.emit(); }},
        {"emits its last", [](Saturation& m) { m.emit(); }},
    };
    static constexpr Step kConnect[] = {
        {"the connection is ready", [](Saturation& m) { m.connected = true; }},
    };
    static constexpr Step kFlush[] = {
        {"flush: swaps the buffer out", [](Saturation& m) { m.take(); },
         [](const Saturation& m) {
           return m.connected && (m.buffer.get().size > 0 || (m.finished(0) && m.finished(3)));
         }},
        // Suspended here: await of the write.
        {"flush: sends the batch", [](Saturation& m) { m.send_batch(); }},
    };
    actor("first agent", kProduce);
    actor("connection", kConnect);
    actor("flush", kFlush);
    actor("second agent", kProduce);
  }
  void emit() {
    Event event{static_cast<std::uint8_t>(self()), ++produced[self()]};
    events.produced(event.producer);
    bool idle = connected && buffer.get().size == 0;
    if (repaired && idle && flushing) witness("an event comes while a batch is under way");
    // The fix: as long as a batch is under way there is one path, and it is behind that batch.
    if (idle && !(repaired && flushing)) return events.delivered(event.producer, event.n);
    Buffer& b = buffer.edit();
    if (b.size < kRoom) return void(b.events[b.size++] = event);
    // The wrong variant drops it silently. The fix: the producer is told.
    if (repaired) witness("the buffer is full, and the producer is told"), refuse(event);
  }
  void refuse(const Event& event) { events.refused(event.producer); }
  void take() {
    batch = buffer;
    if (batch.size == 0) return finish();
    buffer.edit().size = 0;
    flushing = true;
  }
  void send_batch() {
    for (std::uint8_t i = 0; i < batch.size; ++i)
      events.delivered(batch.events[i].producer, batch.events[i].n);
    batch.size = 0;
    flushing = false;
    jump(0);
  }
  std::string_view check() const override { return first_broken(Actors::check(), events.broken()); }
  std::string_view over() const override {
    return finished(2) ? events.missing() : "the flush waits for ever";
  }
  void state(StateWriter& out) const {
    put(out, connected, buffer, flushing, events, produced, batch);
  }
};

}  // namespace

Row row_suite_2() {
  Row row{"suite 2", "004", "A", "individual sends against the flush, and saturation",
          "exactly once and in order; memory is bounded and nothing is lost silently"};
  row.wrong = explore::scenario<Saturation>("suite 2 wrong", {}, false);
  row.repaired = explore::scenario<Saturation>(
      "suite 2 repaired",
      {"an event comes while a batch is under way", "the buffer is full, and the producer is told"},
      true);
  row.guards = {"edge.send_when_live"};
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
