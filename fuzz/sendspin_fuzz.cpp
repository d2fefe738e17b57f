// Guards: no text or frame of a Sendspin peer breaks its reader, and what was read is written and
// read again as the same text. How: the first byte chooses whose message it is, or a binary frame
// and its bins.
#include <cstddef>
#include <cstdint>

#include "core/base/check.hpp"
#include "core/wire/sendspin/binary.hpp"
#include "core/wire/sendspin/messages.hpp"

using namespace tutti;
using namespace tutti::wire::sendspin;

template <class Message>
static void text(Result<Message> (*parse)(std::string_view), std::string_view json) {
  auto message = parse(json);
  if (!message || std::holds_alternative<Unknown>(*message)) return;
  // Texts may have been cut and formats set aside, so the first writing is the measure.
  std::string once = write(*message);
  auto again = parse(once);
  INVARIANT(again.has_value());
  INVARIANT(write(*again) == once);
}

static void binary(ByteView bytes, std::size_t bins) {
  auto frame = parse_frame(bytes);
  if (!frame) return;
  auto visual = parse_visual(*frame, bins);
  if (!visual) return;
  // Reads each bin, so that a bin beyond the frame is found.
  std::size_t sum = 0;
  if (const auto* spectrum = std::get_if<SpectrumView>(&*visual)) {
    for (std::size_t i = 0; i < spectrum->size(); ++i) sum += (*spectrum)[i];
  }
  INVARIANT(sum <= 65'535 * bins);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'c') text<ClientMessage>(parse_client, rest);
  else if (data[0] == 's') text<ServerMessage>(parse_server, rest);
  else binary(as_bytes(rest), data[0]);
  return 0;
}
