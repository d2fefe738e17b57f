// CC-04, report 002 (Dimension 3, audio_stream_controller.py:183, 431, 623, 1030): "_stream_type,
// shared instance variable corrupted by concurrent coroutines". True as claimed, on one event loop:
// the member is set, the stream's slot is awaited, and only then it is read.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

enum class StreamType : std::uint8_t { none, enhanced, normal };

struct StreamTypes : explore::Actors<StreamTypes> {
  const bool repaired;
  Cell<StreamType> stream_type{"_stream_type", StreamType::none};

  explicit StreamTypes(bool twin) : repaired(twin) {
    static constexpr Step kStream[] = {
        {"sets _stream_type", [](StreamTypes& m) { m.stream_type = m.own(); }},
        // Suspended here: `await wait_for(_stream_semaphore.acquire(), 5.0)`.
        {"_send_pcm_chunk", [](StreamTypes& m) { m.send(); }},
        // Suspended here: the socket takes the chunk.
        {"_send_pcm_chunk again", [](StreamTypes& m) { m.send(); }},
    };
    actor("stream_enhanced_audio", kStream);
    actor("stream_normal_audio", kStream);
  }
  StreamType own() const { return self() == 0 ? StreamType::enhanced : StreamType::normal; }
  void send() {
    // The fix: the type is the call's own and goes down the chain of calls.
    StreamType tag = repaired ? own() : stream_type.get();
    if (repaired && stream_type != own()) witness("the other stream came between");
    require(tag == own(), "a chunk tagged with the other stream's type");
  }
  void state(StateWriter& out) const { put(out, stream_type); }
};

}  // namespace

Row row_cc_04() {
  Row row{"CC-04", "002", "A", "stream type shared by two streams",
          "every chunk's tag is its stream's type"};
  row.wrong = explore::scenario<StreamTypes>("CC-04 wrong", {}, false);
  row.repaired =
      explore::scenario<StreamTypes>("CC-04 repaired", {"the other stream came between"}, true);
  row.shipped = {"streams"};
  row.unguarded =
      "the type is a constant of its stream, passed by value from the question to the answer";
  return row;
}

}  // namespace tutti::races
