// S3, found in the system of report 000: connections are keyed by URL. When a client is advertised
// again with another address, a second connection opens beside the first; its hello has the same
// client id, so the first is replaced and its playback dropped.
#include "sim/explore/actors.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

using explore::Cell;

struct Readvertised : explore::Actors<Readvertised> {
  const bool repaired;
  // The address that the client's live connection came from, from 1; 0: none.
  Cell<int> connection{"clients[client_id]", 0};
  Cell<std::array<bool, 2>> dialled{"_connection_tasks, by URL", {}};
  Cell<bool> playing{"playing", false};

  explicit Readvertised(bool twin) : repaired(twin) {
    static constexpr Step kDiscover[] = {
        {"is advertised: looks up the connection", [](Readvertised& m) { m.look(); }},
        // Suspended here: the dial and the client's hello.
        {"hello arrives", [](Readvertised& m) { m.hello(); }},
    };
    static constexpr Step kPlay[] = {
        {"stream/start", [](Readvertised& m) { m.playing = true; },
         [](const Readvertised& m) { return m.connection != 0; }},
    };
    actor("first address", kDiscover);
    actor("second address", kDiscover);
    actor("group", kPlay);
  }
  void look() {
    if (dialled.get()[self()]) return finish();
    // The fix, its first half: a client that is connected is not dialled at any address.
    if (repaired && connection != 0) return finish();
    dialled.edit()[self()] = true;
  }
  void hello() {
    if (connection != 0) {
      // The second half: after the suspension, too; the newcomer is closed, the old one stays.
      if (repaired) return witness("a second hello of a client that is live");
      return require(false, playing ? "playback dropped by an advertisement"
                                    : "two connections of one client");
    }
    connection = self() + 1;
  }
  void state(StateWriter& out) const { put(out, connection, dialled, playing); }
};

}  // namespace

Row row_s3() {
  Row row{"S3", "beyond", "L", "an advertisement opens a parallel connection",
          "same client, same connection; playback goes on"};
  row.wrong = explore::scenario<Readvertised>("S3 wrong", {}, false);
  row.repaired = explore::scenario<Readvertised>("S3 repaired",
                                                 {"a second hello of a client that is live"}, true);
  row.any_order_fails = "a second address is enough, however late it is advertised";
  row.waits = "rooms";
  return row;
}

}  // namespace tutti::races
