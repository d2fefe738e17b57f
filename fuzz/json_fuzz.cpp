// Guards: no bytes break the parser, and what it accepts is written and read back as the same
// value.
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/check.hpp"
#include "core/base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  static const JsonLimits limits{32, 4096};
  auto json = parse_json({reinterpret_cast<const char*>(data), size}, limits);
  if (!json) return 0;
  std::string text = write_json(*json);
  auto again = parse_json(text, limits);
  INVARIANT(again && *again == *json);
  INVARIANT(write_json(*again) == text);
  return 0;
}
