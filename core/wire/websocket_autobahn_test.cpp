// Guards: the case list of the Autobahn suite, sections 1 to 7, 9, 10, 12 and 13, one test per
// group, read byte by byte and whole. How: frames made by hand; sections 1 to 10 on the server's
// side and on the client's.
#include <doctest/doctest.h>

#include "core/wire/websocket_test_kit.hpp"

using namespace tutti;
using namespace tutti::wire;
using namespace tutti::wire::test;

namespace {

// A stream for one side, frame by frame.
class Script {
 public:
  explicit Script(Role reader) : reader_(reader) {}
  Script& frame(int first, std::string_view payload) {
    Opcode opcode = static_cast<Opcode>(first & 0x0f);
    std::size_t at = out_.size();
    append_frame(out_, opcode, as_bytes(payload),
                 reader_ == Role::server ? std::optional(0x37fa213dU) : std::nullopt);
    out_[at] = static_cast<char>(first);
    return *this;
  }
  Script& close(int code, std::string_view reason = "") {
    return frame(0x88, as_string({code >> 8, code & 0xff}) + std::string(reason));
  }
  const std::string& bytes() const { return out_; }

 private:
  Role reader_;
  std::string out_;
};

class OneByOne final : public Choose {
 public:
  std::uint32_t choose(std::uint32_t, std::string_view tag) override {
    return tag == "long" ? 1 : 0;
  }
};

// Events without their reasons for a failure, both ways of reading agreeing.
std::string read(const Script& script, Reading reading) {
  OneByOne bytewise;
  std::string whole = events_of(script.bytes(), reading);
  CHECK(events_of(script.bytes(), reading, &bytewise) == whole);
  std::size_t failed = whole.find("failed ");
  return failed == std::string::npos ? whole : whole.substr(0, failed + 11) + "\n";
}

template <class Build>
void both_sides(const std::string& expected, Build build) {
  for (Role role : {Role::server, Role::client}) {
    CAPTURE(static_cast<int>(role));
    Script script(role);
    build(script);
    CHECK(read(script, {.role = role, .max_message_bytes = 16 << 20}) == expected);
  }
}

const std::string kProtocolError = "failed 1002\n";
const std::string kBadData = "failed 1007\n";

constexpr int kSizes[] = {0, 125, 126, 127, 128, 65535, 65536};

}  // namespace

TEST_CASE("autobahn 1: text and binary messages of every length form arrive whole") {
  for (int size : kSizes) {
    CAPTURE(size);
    std::string payload(static_cast<std::size_t>(size), '*');
    both_sides("message text " + payload + "\n", [&](Script& s) { s.frame(0x81, payload); });
    both_sides("message binary " + payload + "\n", [&](Script& s) { s.frame(0x82, payload); });
  }
}

TEST_CASE(
    "autobahn 2: pings and pongs to 125 bytes, longer ones fail, unsolicited pongs are harmless") {
  const std::string longest(125, '\xfe');
  both_sides("ping \n", [](Script& s) { s.frame(0x89, ""); });
  both_sides("ping " + longest + "\n", [&](Script& s) { s.frame(0x89, longest); });
  both_sides(kProtocolError, [&](Script& s) { s.frame(0x89, longest + "x"); });
  both_sides(kProtocolError, [&](Script& s) { s.frame(0x8a, longest + "x"); });
  both_sides("pong late\nping now\n", [](Script& s) { s.frame(0x8a, "late").frame(0x89, "now"); });
  std::string ten;
  for (char c = '0'; c <= '9'; ++c) ten += std::string("ping ") + c + "\n";
  both_sides(ten, [](Script& s) {
    for (char c = '0'; c <= '9'; ++c) s.frame(0x89, std::string(1, c));
  });
}

TEST_CASE("autobahn 3: a reserved bit fails the connection, after what came before it") {
  for (int bits = 1; bits <= 7; ++bits) {
    CAPTURE(bits);
    for (int opcode : {1, 2, 8, 9, 10}) {
      both_sides("message text first\n" + kProtocolError, [&](Script& s) {
        s.frame(0x81, "first").frame(0x80 | bits << 4 | opcode, "x").frame(0x89, "");
      });
    }
  }
}

TEST_CASE(
    "autobahn 4: reserved opcodes fail, with and without payload, after what came before them") {
  for (int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    CAPTURE(opcode);
    both_sides(kProtocolError, [&](Script& s) { s.frame(0x80 | opcode, ""); });
    both_sides("message text first\n" + kProtocolError, [&](Script& s) {
      s.frame(0x81, "first").frame(0x80 | opcode, "reserved").frame(0x89, "");
    });
  }
}

TEST_CASE(
    "autobahn 5: fragments join, control frames pass between them and may not be fragments "
    "themselves") {
  both_sides(kProtocolError, [](Script& s) { s.frame(0x09, "a").frame(0x80, "b"); });
  both_sides(kProtocolError, [](Script& s) { s.frame(0x0a, "a").frame(0x80, "b"); });
  both_sides("message text ab\n", [](Script& s) { s.frame(0x01, "a").frame(0x80, "b"); });
  both_sides("ping p\nmessage text ab\n",
             [](Script& s) { s.frame(0x01, "a").frame(0x89, "p").frame(0x80, "b"); });
  both_sides("ping p\npong q\nmessage binary abcde\n", [](Script& s) {
    s.frame(0x02, "a").frame(0x00, "b").frame(0x89, "p").frame(0x00, "c").frame(0x00, "").frame(
        0x8a, "q");
    s.frame(0x00, "d").frame(0x80, "e");
  });
  both_sides("message text \n",
             [](Script& s) { s.frame(0x01, "").frame(0x00, "").frame(0x80, ""); });
}

TEST_CASE("autobahn 5: a continuation without a message and a message within a message fail") {
  for (int first : {0x80, 0x00}) {
    both_sides(kProtocolError, [&](Script& s) { s.frame(first, "x").frame(0x81, "y"); });
    both_sides("message text a\n" + kProtocolError,
               [&](Script& s) { s.frame(0x81, "a").frame(first, "x"); });
  }
  both_sides(kProtocolError, [](Script& s) { s.frame(0x01, "a").frame(0x81, "b"); });
  both_sides(kProtocolError, [](Script& s) { s.frame(0x01, "a").frame(0x02, "b"); });
  both_sides("message text ab\n" + kProtocolError,
             [](Script& s) { s.frame(0x01, "a").frame(0x80, "b").frame(0x80, "c"); });
}

TEST_CASE("autobahn 6.1, 6.2: valid UTF-8 may be cut anywhere, also within a character") {
  both_sides("message text \n", [](Script& s) { s.frame(0x81, ""); });
  const std::string text = "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xf0\x9f\x8e\xb5-UTF-8!!";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    both_sides("message text " + text + "\n", [&](Script& s) {
      s.frame(0x01, text.substr(0, cut)).frame(0x80, text.substr(cut));
    });
  }
}

TEST_CASE(
    "autobahn 6.3, 6.4: bad UTF-8 fails at the byte that makes it bad, without waiting for the "
    "rest") {
  const std::string good = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
  both_sides(kBadData, [&](Script& s) { s.frame(0x81, good + "\xed\xa0\x80" + "edited"); });
  // F4 90 is past U+10FFFF: known at the second byte, in a message that has not ended, in a frame
  // that has not.
  both_sides(kBadData, [&](Script& s) { s.frame(0x01, good + "\xf4").frame(0x00, "\x90"); });
  for (Role role : {Role::server, Role::client}) {
    Script script(role);
    script.frame(0x01, good + "\xf4\x90\x80\x80 and more");
    std::size_t bad_at = script.bytes().size() - std::string_view("\x80\x80 and more").size();
    CHECK(events_of(script.bytes().substr(0, bad_at - 1), {.role = role}).empty());
    CHECK(events_of(script.bytes().substr(0, bad_at), {.role = role}).starts_with("failed 1007"));
  }
}

TEST_CASE("autobahn 6.5 to 6.11: the longest and shortest characters of each length are good") {
  for (const char* good :
       {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd", "\xef\xbf\xbe"}) {
    both_sides("message text " + std::string(good) + "\n", [&](Script& s) { s.frame(0x81, good); });
  }
  both_sides("message text " + std::string(1, '\0') + "\n",
             [](Script& s) { s.frame(0x81, std::string(1, '\0')); });
}

TEST_CASE(
    "autobahn 6.6 to 6.21: incomplete, lone, overlong, surrogate and too large sequences are bad") {
  for (const char* bad : {"\xce",
                          "\xe1\xbd",
                          "\xf0\x9f\x8e",
                          "\x80",
                          "\xbf",
                          "\x80\xbf",
                          "\xc0 ",
                          "\xe0 ",
                          "\xf0 ",
                          "\xf8 ",
                          "\xfc ",
                          "\xc3",
                          "\xe0\x80",
                          "\xf0\x80\x80",
                          "\xf8\x80\x80\x80",
                          "\xdf",
                          "\xef\xbf",
                          "\xf7\xbf\xbf",
                          "\xfe",
                          "\xff",
                          "\xfe\xfe\xff\xff",
                          "\xc0\xaf",
                          "\xe0\x80\xaf",
                          "\xf0\x80\x80\xaf",
                          "\xf8\x80\x80\x80\xaf",
                          "\xc1\xbf",
                          "\xe0\x9f\xbf",
                          "\xf0\x8f\xbf\xbf",
                          "\xc0\x80",
                          "\xed\xa0\x80",
                          "\xed\xad\xbf",
                          "\xed\xae\x80",
                          "\xed\xbf\xbf",
                          "\xed\xa0\x80\xed\xb0\x80",
                          "\xf4\x90\x80\x80",
                          "\xf8\x88\x80\x80\x80",
                          "\xfd\xbf\xbf\xbf\xbf\xbf"}) {
    CAPTURE(bad);
    both_sides(kBadData, [&](Script& s) { s.frame(0x81, bad); });
    both_sides(kBadData, [&](Script& s) { s.frame(0x81, std::string("12345678 ascii ") + bad); });
  }
}

TEST_CASE("autobahn 7.1: nothing counts after a close") {
  both_sides("message text a\nclose 1000 \n",
             [](Script& s) { s.frame(0x81, "a").close(1000).close(1000); });
  both_sides("close 1000 \n",
             [](Script& s) { s.close(1000).frame(0x89, "p").frame(0x81, "x").frame(0xff, "y"); });
  both_sides("close 1000 \n", [](Script& s) { s.frame(0x01, "a").close(1000).frame(0x80, "b"); });
}

TEST_CASE("autobahn 7.3: a close has no payload, or a code and a reason of at most 123 bytes") {
  const std::string longest(123, '*');
  both_sides("close 1005 \n", [](Script& s) { s.frame(0x88, ""); });
  both_sides(kProtocolError, [](Script& s) { s.frame(0x88, "a"); });
  both_sides("close 1000 \n", [](Script& s) { s.close(1000); });
  both_sides("close 1000 Hello!\n", [](Script& s) { s.close(1000, "Hello!"); });
  both_sides("close 1000 " + longest + "\n", [&](Script& s) { s.close(1000, longest); });
  both_sides(kProtocolError, [&](Script& s) { s.close(1000, longest + "*"); });
}

TEST_CASE("autobahn 7.5: the reason of a close is UTF-8") {
  both_sides(kBadData, [](Script& s) { s.close(1000, "\xce\xba\xed\xa0\x80 edited"); });
  both_sides(kBadData, [](Script& s) { s.close(1000, "\xce"); });
}

TEST_CASE("autobahn 7.7, 7.9, 7.13: codes that may be sent close, all others fail") {
  for (int code = 0; code <= 65535; ++code) {
    bool good = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                (code >= 3000 && code <= 4999);
    REQUIRE(valid_close_code(static_cast<std::uint16_t>(code)) == good);
  }
  for (int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999}) {
    both_sides("close " + std::to_string(code) + " \n", [&](Script& s) { s.close(code); });
  }
  for (int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    both_sides(kProtocolError, [&](Script& s) { s.close(code); });
  }
}

TEST_CASE(
    "masking and lengths: a server wants masks, a client none, lengths are minimal and below "
    "2^63") {
  Script plain(Role::client);
  plain.frame(0x81, "x");
  CHECK(read(plain, {.role = Role::server}) == kProtocolError);
  Script masked(Role::server);
  masked.frame(0x81, "x");
  CHECK(read(masked, {.role = Role::client}) == kProtocolError);
  for (const std::string& header :
       {as_string({0x82, 126, 0, 125}), as_string({0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff}),
        as_string({0x82, 127, 0x80, 0, 0, 0, 0, 1, 0, 0})}) {
    CHECK(events_of(header + std::string(70000, 'x'), {.role = Role::client})
              .starts_with("failed 1002"));
  }
}

TEST_CASE("autobahn 9: large messages in one frame, in fragments and in chops") {
  for (std::size_t size : {std::size_t{64} << 10, std::size_t{1} << 20, std::size_t{4} << 20}) {
    std::string payload(size, 'B');
    for (Role role : {Role::server, Role::client}) {
      Script whole(role);
      whole.frame(0x82, payload);
      Script parts(role);
      for (std::size_t at = 0; at < size; at += size / 64) {
        int first = (at == 0 ? 2 : 0) | (at + size / 64 == size ? 0x80 : 0);
        parts.frame(first, std::string_view(payload).substr(at, size / 64));
      }
      SeededChoose draw(size);
      Reading reading{.role = role, .max_message_bytes = 4 << 20};
      REQUIRE(events_of(whole.bytes(), reading, &draw) == "message binary " + payload + "\n");
      REQUIRE(events_of(parts.bytes(), reading, &draw) == "message binary " + payload + "\n");
    }
  }
}

TEST_CASE("autobahn 10: one message in fragments of 1300 bytes") {
  std::string payload(65536, '*');
  both_sides("message text " + payload + "\n", [&](Script& s) {
    for (std::size_t at = 0; at < payload.size(); at += 1300) {
      s.frame((at == 0 ? 1 : 0) | (at + 1300 >= payload.size() ? 0x80 : 0),
              std::string_view(payload).substr(at, 1300));
    }
  });
}

TEST_CASE(
    "autobahn 12, 13: compressed messages of every size, window and context, whole and in "
    "fragments") {
  SeededChoose draw(12);
  for (int bits : {15, 9, 8}) {
    for (Context context : {Context::forgotten, Context::kept}) {
      Deflater deflater = Deflater::create(bits, context).value();
      std::string expected;
      Script script(Role::server);
      for (int size : {16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072}) {
        std::string payload;
        while (payload.size() < static_cast<std::size_t>(size))
          payload += "room " + std::to_string(draw.choose(50, "n"));
        std::string packed = deflater.compress(as_bytes(payload));
        std::size_t cut = draw.choose(static_cast<std::uint32_t>(packed.size()) + 1, "cut");
        script.frame(0x41, packed.substr(0, cut)).frame(0x89, "p").frame(0x80, packed.substr(cut));
        expected += "ping p\nmessage text " + payload + "\n";
      }
      script.frame(0x81, "plain").close(1000);
      CHECK(read(script, {.role = Role::server, .deflate = true, .context = context}) ==
            expected + "message text plain\nclose 1000 \n");
    }
  }
}

TEST_CASE(
    "autobahn 12, 13: the compression bit stands on the first frame of an agreed data message "
    "alone") {
  Deflater deflater = Deflater::create().value();
  const std::string packed = deflater.compress(as_bytes("Hello"));
  Reading agreed{.role = Role::client, .deflate = true};
  CHECK(read(Script(Role::client).frame(0xc1, packed), agreed) == "message text Hello\n");
  CHECK(read(Script(Role::client).frame(0xc1, packed), {.role = Role::client}) == kProtocolError);
  CHECK(read(Script(Role::client).frame(0x41, packed).frame(0xc0, ""), agreed) == kProtocolError);
  CHECK(read(Script(Role::client).frame(0xc9, packed), agreed) == kProtocolError);
  CHECK(read(Script(Role::client).frame(0xa1, packed), agreed) == kProtocolError);
}

TEST_CASE(
    "autobahn 12, 13: a compressed message that is damaged, not UTF-8 or a bomb fails with its "
    "code") {
  Deflater deflater = Deflater::create().value();
  Reading agreed{.role = Role::client, .deflate = true, .max_message_bytes = 5000};
  CHECK(read(Script(Role::client).frame(0xc2, "\xff\xff"), agreed) == kBadData);
  CHECK(read(Script(Role::client).frame(0xc1, deflater.compress(as_bytes("\xed\xa0\x80"))),
             agreed) == kBadData);
  CHECK(read(Script(Role::client).frame(0xc1, deflater.compress(as_bytes("\xce"))), agreed) ==
        kBadData);
  const std::string bomb = deflater.compress(as_bytes(std::string(1 << 20, 'x')));
  CHECK(read(Script(Role::client).frame(0xc2, bomb), agreed) == "failed 1009\n");
}
