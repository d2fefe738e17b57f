// Guards: no bytes break the HTTP parser, and any split of them gives the same requests. When a
// stream turns bad may depend on the split: headers that come in one piece are judged at once,
// others when they are complete. How: three bytes choose limits and cuts, the rest is the stream.
#include <cstddef>
#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/choose.hpp"
#include "core/wire/http_test_kit.hpp"

// Without the error that may end it: each request is a line's end, the error is not.
static std::string_view requests(std::string_view outcome) {
  return outcome.substr(0, outcome.rfind('\n') + 1);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  using namespace tutti::wire;
  if (size < 3) return 0;
  HttpParser::Bounds bounds{(data[0] + 1U) * 64U, (data[0] + 1U) * 16U};
  std::string_view stream(reinterpret_cast<const char*>(data) + 3, size - 3);
  SeededChoose draw(data[1] | data[2] << 8);
  std::vector<std::size_t> cuts;
  for (std::size_t at = 0; (at += 1 + draw.choose(16, "piece")) < stream.size();)
    cuts.push_back(at);
  INVARIANT(requests(test::requests_of(stream, cuts)) == requests(test::requests_of(stream, {})));
  // At its limits the parser is stricter with what comes in pieces: nothing is compared, nothing
  // may break.
  test::requests_of(stream, cuts, bounds);
  test::requests_of(stream, {}, bounds);
  return 0;
}
