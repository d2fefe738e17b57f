// N7, found in the system of report 001 (session_memory.py): the file's name is the id with `/`
// replaced by `_`, so `a/b` and `a_b` are one file; and saving truncates it in place, so a power
// loss leaves half of it, or nothing. The storage is a small state machine: what was not synced is
// lost with the power, a rename is whole or not at all.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

enum class Content : std::uint8_t { none, before, half, whole };
enum class Temporary : std::uint8_t { none, written, synced };

struct File {
  int owner = 0;  // whose session was saved last
  Content content = Content::none;
  void state(StateWriter& out) const {
    out.number(static_cast<std::uint64_t>(owner * 4 + static_cast<int>(content)));
  }
};

struct MemoryFiles : explore::Actors<MemoryFiles> {
  const bool repaired;
  // 0 is of `a/b`, which was never saved before; 1 of `a_b`.
  Cell<std::array<File, 2>> files{"files", {File{}, File{1, Content::before}}};
  Cell<std::array<Temporary, 2>> temporary{"temporary files", {}};
  Cell<std::array<bool, 2>> saved{"saves that returned", {}};

  explicit MemoryFiles(bool twin) : repaired(twin) {
    // The process or the machine may end between any two of them.
    static constexpr Step kSave[] = {
        {"opens the file", [](MemoryFiles& m) { m.open(); }},
        {"writes", [](MemoryFiles& m) { m.write(); }},
        {"closes", [](MemoryFiles& m) { m.close(); }},
    };
    static constexpr Step kPower[] = {
        {"fails", [](MemoryFiles& m) { m.fail(); }},
    };
    actor("save a/b", kSave);
    actor("save a_b", kSave);
    actor("power", kPower);
  }
  // The fix: an id is an opaque key, each has a file.
  File& file() { return files.edit()[repaired ? self() : 1]; }
  void open() {
    if (repaired) temporary.edit()[self()] = Temporary::written;
    else file() = {self(), Content::none};  // truncated
  }
  void write() {
    if (repaired) temporary.edit()[self()] = Temporary::synced;
    else file() = {self(), Content::half};
  }
  void close() {
    // The fix: written beside, synced, renamed over.
    if (repaired) temporary.edit()[self()] = Temporary::none;
    file() = {self(), Content::whole};
    saved.edit()[self()] = true;
  }
  void fail() {
    if (temporary.get() != std::array<Temporary, 2>{}) witness("the power fails before the rename");
    temporary = {};
    cancel(0);
    cancel(1);
  }
  std::string_view over() const override {
    const std::array<File, 2>& left = files.unrecorded();
    for (std::size_t session : {0U, 1U}) {
      const File& found = left[repaired ? session : 1];
      bool own = found.owner == static_cast<int>(session) && found.content == Content::whole;
      if (saved.unrecorded()[session] && !own) return "what was saved is not found again";
    }
    const File& old = left[1];
    bool kept = old.owner == 1 && (old.content == Content::before || old.content == Content::whole);
    if (!kept) return "the old memory is lost and the new one is not there";
    return left[0].content == Content::half ? "half a file" : "";
  }
  void state(StateWriter& out) const { put(out, files, temporary, saved); }
};

}  // namespace

Row row_n7() {
  Row row{"N7", "beyond", "L", "two ids share a file; saving truncates in place",
          "ids are opaque keys; writes are atomic"};
  row.wrong = explore::scenario<MemoryFiles>("N7 wrong", {}, false);
  row.repaired =
      explore::scenario<MemoryFiles>("N7 repaired", {"the power fails before the rename"}, true);
  // The truncation alone would need the power loss in its midst.
  row.any_order_fails = "the two ids name one file, whichever is saved last";
  row.waits = "sessions";
  return row;
}

}  // namespace tutti::races
