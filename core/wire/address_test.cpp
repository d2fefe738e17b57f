// Guards: what decides whether a proxy is trusted and whether its client is this machine: no text
// reads as another address than it says. How: tables of texts, and every address written in several
// ways from the choose stream.
#include "core/wire/address.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/base/bytes.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::wire;

namespace {
std::string shown(std::string_view text) {
  auto address = parse_address(text);
  return address ? hex(ByteView(*address)) : "none";
}
bool inside(std::string_view network, std::string_view address) {
  return parse_network(network)->contains(*parse_address(address));
}
}  // namespace

TEST_CASE("address: each text is the address it says, or none") {
  CHECK(shown("127.0.0.1") == "00000000000000000000ffff7f000001");
  CHECK(shown("::ffff:127.0.0.1") == shown("127.0.0.1"));
  CHECK(shown("::") == std::string(32, '0'));
  CHECK(shown("::1") == std::string(31, '0') + "1");
  CHECK(shown("fd00::1:2") == "fd000000000000000000000000010002");
  CHECK(shown("1:2:3:4:5:6:7:8") == "00010002000300040005000600070008");
  CHECK(shown("1:2:3:4:5:6:1.2.3.4") == "00010002000300040005000601020304");
  CHECK(shown("1::") == "0001" + std::string(28, '0'));
  for (const char* bad : {"",
                          ".",
                          ":",
                          ":::",
                          "1",
                          "1.2.3",
                          "1.2.3.4.5",
                          "1.2.3.256",
                          "01.2.3.4",
                          "1.2.3.4 ",
                          " 1.2.3.4",
                          "1.2.3.-4",
                          "1.2.3.+4",
                          "0x7f.0.0.1",
                          "127.0.0.1:80",
                          "[::1]",
                          "1:2:3:4:5:6:7",
                          "1:2:3:4:5:6:7:8:9",
                          "1::2::3",
                          "1:2:3:4::5:6:7:8",
                          "12345::",
                          "g::",
                          "::1%lo",
                          "1:",
                          ":1",
                          "::1.2.3",
                          "1.2.3.4::",
                          "1:2:3:4:5:6:7:1.2.3.4",
                          "::1:"}) {
    CAPTURE(bad);
    CHECK(shown(bad) == "none");
  }
}

TEST_CASE("address: every address reads back from its full and its shortened form") {
  CHECK_FOR_ALL(3, 2000, [](Choose& draw) {
    std::string full, short_form;
    std::size_t zeros = draw.choose(9, "zeros"), from = draw.choose(9 - zeros, "from");
    for (std::size_t i = 0; i < 8; ++i) {
      bool zero = i >= from && i < from + zeros;
      auto group = zero ? 0U : static_cast<unsigned>(draw.choose(65536, "group"));
      full += fmt::format("{}{:04x}", i > 0 ? ":" : "", group);
      if (zero && i == from) short_form += "::";
      else if (!zero)
        short_form += fmt::format(
            "{}{:x}", short_form.empty() || short_form.ends_with(':') ? "" : ":", group);
    }
    FAIL_UNLESS(shown(full) != "none", full);
    FAIL_UNLESS(shown(short_form) == shown(full), short_form);
    return kHolds;
  });
}

TEST_CASE("address: loopback is 127/8 and ::1, nothing near them") {
  for (const char* yes : {"127.0.0.1", "127.255.3.4", "::1", "::ffff:127.0.0.1"})
    CHECK(is_loopback(*parse_address(yes)));
  for (const char* no : {"126.255.255.255", "128.0.0.1", "::", "::2", "::127.0.0.1", "fe80::1",
                         "::fffe:127.0.0.1"}) {
    CHECK_FALSE(is_loopback(*parse_address(no)));
  }
}

TEST_CASE("network: holds exactly the addresses with its first bits") {
  CHECK(inside("10.0.0.0/8", "10.255.1.2"));
  CHECK_FALSE(inside("10.0.0.0/8", "11.0.0.0"));
  CHECK(inside("192.168.1.128/25", "192.168.1.200"));
  CHECK_FALSE(inside("192.168.1.128/25", "192.168.1.127"));
  CHECK(inside("0.0.0.0/0", "1.2.3.4"));
  CHECK_FALSE(inside("0.0.0.0/0", "::1"));  // a network of IPv4 holds IPv4 alone
  CHECK(inside("::/0", "1.2.3.4"));
  CHECK(inside("fd00::/8", "fdff::1"));
  CHECK_FALSE(inside("fd00::/8", "fe00::1"));
  CHECK(inside("10.0.0.1", "::ffff:10.0.0.1"));
  CHECK_FALSE(inside("10.0.0.1", "10.0.0.2"));
  for (const char* bad : {"", "/8", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/x", "10.0.0.1/-1",
                          "10.0.0.1/8/8", "fd00::/129", "proxy"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_network(bad).has_value());
  }
}

TEST_CASE("forwarded: the last entry counts, for it alone is the proxy's own") {
  auto last = [](std::string_view list) {
    auto address = last_forwarded(list);
    return address ? hex(ByteView(*address)) : "none";
  };
  CHECK(last("127.0.0.1, 192.168.1.9") == shown("192.168.1.9"));
  CHECK(last("192.168.1.9") == shown("192.168.1.9"));
  CHECK(last("::1,\t192.168.1.9:4711 ") == shown("192.168.1.9"));
  CHECK(last("x, [fd00::2]:80") == shown("fd00::2"));
  CHECK(last("[fd00::2]") == shown("fd00::2"));
  CHECK(last("fd00::2") == shown("fd00::2"));
  for (const char* none :
       {"", "unknown", "127.0.0.1,", "127.0.0.1, unknown", "[", "[::1", "_hidden", ":80"}) {
    CAPTURE(none);
    CHECK(last(none) == "none");
  }
}

TEST_CASE("address: what is written reads as the same address") {
  CHECK(address_text(*parse_address("192.0.2.7")) == "192.0.2.7");
  CHECK(address_text(*parse_address("::1")) == "0:0:0:0:0:0:0:1");
  CHECK(address_text(*parse_address("fd00::ffff:102:304")) == "fd00:0:0:0:0:ffff:102:304");
  CHECK_FOR_ALL(2, 500, [](Choose& choose) -> Broken {
    Address address{};
    for (auto& byte : address) byte = static_cast<std::byte>(choose.choose(256, "byte"));
    auto back = parse_address(address_text(address));
    FAIL_UNLESS(back.has_value() && *back == address);
    return kHolds;
  });
}
