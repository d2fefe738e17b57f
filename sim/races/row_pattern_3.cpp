// Pattern 3, report 004, "event buffer coordination": events are buffered until the connection is
// ready, then the buffer is flushed. True as reported: ready is set before the flush ends, so an
// event that comes during the flush is sent past those that wait; and the flush copies, awaits each
// send and clears, so what a producer appends after the copy is cleared unsent.
#include "sim/races/invariants.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct BufferFlush : explore::Actors<BufferFlush> {
  struct Event {
    std::uint8_t producer = 0, n = 0;
    void state(StateWriter& out) const { put(out, producer, n); }
  };
  struct Buffer {
    std::array<Event, 4> events{};
    std::uint8_t size = 0;
    void state(StateWriter& out) const {
      for (std::uint8_t i = 0; i < size; ++i) events[i].state(out);
      out.number(size);
    }
  };
  const bool repaired;
  Cell<Buffer> buffer{"buffer"};
  Cell<bool> connected{"connected", false};
  Cell<bool> ready{"ready", false};
  ExactlyOnceInOrder events;
  std::uint8_t produced[2] = {};
  Buffer copy;  // of the flush
  std::uint8_t flushed = 0;

  explicit BufferFlush(bool twin) : repaired(twin) {
    static constexpr Step kProduce[] = {
        {"emits an event", [](BufferFlush& m) { m.emit(); }},
        // Suspended here: the agent works on.
        {"emits the next", [](BufferFlush& m) { m.emit(); }},
    };
    static constexpr Step kReady[] = {
        {"accept completes", [](BufferFlush& m) { m.connected = true; }},
        // Suspended here: await of the handshake's last message.
        {"marks the connection ready",
         [](BufferFlush& m) {
           if (!m.repaired) m.ready = true;
         }},
    };
    static constexpr Step kFlush[] = {
        {"flush: copies the buffer",
         [](BufferFlush& m) {
           m.copy = m.buffer;
           if (m.repaired) m.jump(1);
           else if (m.copy.size == 0) m.jump(2);
         },
         [](const BufferFlush& m) { return m.connected.get(); }},
        // Suspended here: await of each send.
        {"flush: sends one", [](BufferFlush& m) { m.repaired ? m.send_head() : m.send_copied(); }},
        {"flush: buffer.clear()", [](BufferFlush& m) { m.buffer.edit().size = 0; }},
    };
    actor("first agent", kProduce);
    actor("second agent", kProduce);
    actor("connection", kReady);
    actor("flush", kFlush);
  }
  void emit() {
    Event event{static_cast<std::uint8_t>(self()), ++produced[self()]};
    events.produced(event.producer);
    if (ready) return events.delivered(event.producer, event.n);
    if (repaired && connected) witness("an event comes while the buffer is flushed");
    Buffer& b = buffer.edit();
    b.events[b.size++] = event;
  }
  void send_copied() {
    const Event& event = copy.events[flushed++];
    events.delivered(event.producer, event.n);
    if (flushed < copy.size) jump(1);
  }
  // The fix: each event leaves the buffer in the step that sends it, and ready is what the step
  // that finds the buffer empty says.
  void send_head() {
    Buffer& b = buffer.edit();
    if (b.size == 0) return ready = true, finish();
    events.delivered(b.events[0].producer, b.events[0].n);
    for (std::uint8_t i = 1; i < b.size; ++i) b.events[i - 1] = b.events[i];
    --b.size;
    jump(1);
  }
  std::string_view check() const override { return first_broken(Actors::check(), events.broken()); }
  std::string_view over() const override { return events.missing(); }
  void state(StateWriter& out) const {
    put(out, buffer, connected, ready, events, produced, copy, flushed);
  }
};

}  // namespace

Row row_pattern_3() {
  Row row{"Pattern 3", "004", "A", "the buffer is flushed while events come",
          "each event exactly once, in its producer's order"};
  row.wrong = explore::scenario<BufferFlush>("Pattern 3 wrong", {}, false);
  row.repaired = explore::scenario<BufferFlush>(
      "Pattern 3 repaired", {"an event comes while the buffer is flushed"}, true);
  row.guards = {"edge.attach_when_live"};
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
