// Guards: no bytes break the WebSocket reader, and any split of them gives the same events; what it
// holds stays within the message limit. How: four bytes choose side, deflate, context, limit and
// cuts, the rest is the stream.
#include <cstddef>
#include <cstdint>

#include "core/base/check.hpp"
#include "core/wire/websocket_test_kit.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  using namespace tutti::wire;
  if (size < 4) return 0;
  test::Reading reading{
      .role = (data[0] & 1) != 0 ? Role::client : Role::server,
      .deflate = (data[0] & 2) != 0,
      .max_message_bytes = (data[1] + 1U) * 64U,
      .context = (data[0] & 4) != 0 ? Context::kept : Context::forgotten,
  };
  std::string stream(reinterpret_cast<const char*>(data) + 4, size - 4);
  std::string whole = test::events_of(stream, reading);
  SeededChoose cuts(data[2] | data[3] << 8);
  INVARIANT(test::events_of(stream, reading, &cuts) == whole);
  return 0;
}
