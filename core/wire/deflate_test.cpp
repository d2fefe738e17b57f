// Guards: deflate then inflate is identity for every window and context, a bomb ends at the limit
// with bounded memory, the charged sizes cover what zlib takes. How: drawn texts, hand-made streams
// of RFC 7692 section 7.2.3, counted memory.
#include "core/wire/deflate.hpp"

#include <doctest/doctest.h>

#include "core/base/choose.hpp"
#include "core/wire/websocket_test_kit.hpp"

using namespace tutti;
using namespace tutti::wire;
using namespace tutti::wire::test;

namespace {

// Repeats itself at all distances, so that the window matters.
std::string draw_text(SeededChoose& draw, std::size_t size) {
  std::string out;
  while (out.size() < size) {
    if (out.size() > 20 && draw.choose(3, "copy") != 0) {
      std::size_t from = draw.choose(static_cast<std::uint32_t>(out.size()), "from");
      out += out.substr(from, 3 + draw.choose(200, "length"));
    } else {
      for (int i = 0; i < 8; ++i) out += static_cast<char>('a' + draw.choose(26, "letter"));
    }
  }
  out.resize(size);
  return out;
}

std::string inflated(Inflater& inflater, const std::string& compressed,
                     std::size_t max_bytes = 1 << 20) {
  auto plain = inflater.inflate(as_bytes(compressed), max_bytes);
  return plain ? std::string(as_text(*plain)) : std::string(name(plain.error().code));
}

}  // namespace

TEST_CASE(
    "deflate: compress then inflate is identity for every window and context, over many messages") {
  SeededChoose draw(3);
  for (int bits = 8; bits <= 15; ++bits) {
    for (Context context : {Context::forgotten, Context::kept}) {
      CAPTURE(bits);
      Deflater deflater = Deflater::create(bits, context).value();
      Inflater inflater = Inflater::create(bits, context).value();
      for (std::size_t size : {0, 1, 5, 1024, 0, 40000, 3000, 200000}) {
        std::string plain = draw_text(draw, size);
        REQUIRE(inflated(inflater, deflater.compress(as_bytes(plain))) == plain);
      }
    }
  }
}

TEST_CASE("deflate: a stream for a narrow window never looks back further, across messages too") {
  SeededChoose draw(8);
  // The same text again and again: it is copied from one message back wherever the sender's window
  // reaches.
  auto survives = [&draw](int sender_bits, int reader_bits, std::size_t size) {
    Deflater deflater = Deflater::create(sender_bits, Context::kept).value();
    Inflater inflater = Inflater::create(reader_bits, Context::kept).value();
    std::string plain;
    for (std::size_t i = 0; i < size; ++i) plain += static_cast<char>(draw.choose(256, "byte"));
    for (int i = 0; i < 4; ++i) {
      if (inflated(inflater, deflater.compress(as_bytes(plain))) != plain) return false;
    }
    return true;
  };
  for (int bits = 8; bits <= 12; ++bits) {
    CAPTURE(bits);
    for (std::size_t size = 180; size < 300; ++size) REQUIRE(survives(bits, bits, size));
    for (std::size_t size : {500, 512, 1000, 1030, 4000, 4100}) REQUIRE(survives(bits, bits, size));
  }
  CHECK_FALSE(survives(10, 8, 400));  // so the windows above do decide
  CHECK_FALSE(survives(12, 10, 2000));
}

TEST_CASE(
    "deflate: without context each message stands alone, with it the later ones lean on the "
    "earlier") {
  SeededChoose draw(4);
  std::string plain = draw_text(draw, 2000);
  Deflater forgets = Deflater::create(15, Context::forgotten).value();
  CHECK(forgets.compress(as_bytes(plain)) == forgets.compress(as_bytes(plain)));
  Deflater keeps = Deflater::create(15, Context::kept).value();
  keeps.compress(as_bytes(plain));
  std::string second = keeps.compress(as_bytes(plain));
  CHECK(second.size() < 100);
  Inflater alone = Inflater::create(15, Context::forgotten).value();
  CHECK(inflated(alone, second) == "protocol");
}

TEST_CASE(
    "deflate: a payload within the window compresses to a stream that the small window reads") {
  SeededChoose draw(5);
  Deflater shared = Deflater::create().value();
  for (int bits = 10; bits <= 14; ++bits) {
    std::string plain = draw_text(draw, std::size_t{1} << bits);
    REQUIRE(fits_window(bits, plain.size()));
    CHECK_FALSE(fits_window(bits, plain.size() + 1));
    Inflater narrow = Inflater::create(bits).value();
    CHECK(inflated(narrow, shared.compress(as_bytes(plain))) == plain);
  }
  CHECK(fits_window(15, 1 << 20));
}

TEST_CASE("deflate: short and binary payloads are not worth it") {
  CHECK(worth_deflating(Opcode::text, 1024));
  CHECK_FALSE(worth_deflating(Opcode::text, 1023));
  CHECK_FALSE(worth_deflating(Opcode::binary, 100000));
  CHECK_FALSE(worth_deflating(Opcode::ping, 1024));
}

TEST_CASE("inflate: the examples of RFC 7692 section 7.2.3 give Hello") {
  Inflater inflater = Inflater::create(15, Context::forgotten).value();
  CHECK(inflated(inflater, as_string({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})) == "Hello");
  CHECK(inflated(inflater, as_string({0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f,
                                      0x00})) == "Hello");
  CHECK(inflated(inflater, as_string({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00})) ==
        "Hello");  // final block
  CHECK(inflated(inflater, as_string({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9,
                                      0xc9, 0x07, 0x00})) == "Hello");
  CHECK(inflated(inflater, as_string({0x00})) == "");
  Inflater keeps = Inflater::create(15, Context::kept).value();
  CHECK(inflated(keeps, as_string({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})) == "Hello");
  CHECK(inflated(keeps, as_string({0xf2, 0x00, 0x11, 0x00, 0x00})) == "Hello");
}

TEST_CASE(
    "inflate: the tail may stand in the message, as after a flush before an empty last fragment") {
  Inflater inflater = Inflater::create().value();
  CHECK(inflated(inflater, as_string({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0, 0, 0xff,
                                      0xff})) == "Hello");
}

TEST_CASE(
    "inflate: what is no deflate stream, or ends within a block, is an error and the next message "
    "is read") {
  Inflater inflater = Inflater::create().value();
  Deflater deflater = Deflater::create().value();
  CHECK(inflated(inflater, as_string({0xff, 0xff, 0xff})) == "protocol");
  CHECK(inflated(inflater, as_string({0x06})) == "protocol");  // reserved block type
  std::string good =
      deflater.compress(as_bytes(std::string("a text that is cut in the middle, somewhere in it")));
  for (std::size_t size = 1; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(inflated(inflater, good.substr(0, size)) == "protocol");
  }
  CHECK(inflated(inflater, good).size() == 49);
}

TEST_CASE(
    "inflate: a bomb ends at the limit, memory stays within it, and the limit holds to the byte") {
  Deflater deflater = Deflater::create().value();
  std::string bomb = deflater.compress(as_bytes(std::string(64 << 20, '\0')));
  CHECK(bomb.size() < 70000);
  Inflater inflater = Inflater::create().value();
  CHECK(inflated(inflater, bomb, 100000) == "message_too_big");
  CHECK(inflater.held_bytes() <= kInflaterBytes + 100001);
  inflater.release_output();
  CHECK(inflater.held_bytes() <= kInflaterBytes);
  std::string kilo = deflater.compress(as_bytes(std::string(1000, 'x')));
  CHECK(inflated(inflater, kilo, 999) == "message_too_big");
  CHECK(inflated(inflater, kilo, 1000).size() == 1000);
  CHECK(inflated(inflater, deflater.compress(as_bytes("x")), 0) == "message_too_big");
}

TEST_CASE("inflate: endless empty final blocks cost no memory and little time") {
  Inflater inflater = Inflater::create().value();
  std::string blocks;
  for (int i = 0; i < 100000; ++i) blocks += as_string({0x03, 0x00});
  blocks += '\0';
  CHECK(inflated(inflater, blocks) == "");
  CHECK(inflater.held_bytes() <= kInflaterBytes + 4096);
}

TEST_CASE("deflate: zlib takes no more than the constants say, and the output goes with release") {
  SeededChoose draw(6);
  std::string plain = draw_text(draw, 300000);
  Deflater deflater = Deflater::create(15, Context::kept).value();
  Inflater inflater = Inflater::create(15, Context::kept).value();
  CHECK(inflated(inflater, deflater.compress(as_bytes(plain))) == plain);
  CHECK(deflater.held_bytes() <= kDeflaterBytes);
  CHECK(deflater.held_bytes() > kDeflaterBytes / 2);  // the count counts
  inflater.release_output();
  CHECK(inflater.held_bytes() <= kInflaterBytes);
  CHECK(inflater.held_bytes() > kInflaterBytes / 2);
}
