// Guards: any split of the bytes gives the same events, encode then decode is identity, limits
// bite, an idle reader holds nothing. How: streams drawn from choose, valid and damaged, read whole
// and in pieces.
#include "core/wire/websocket.hpp"

#include <doctest/doctest.h>

#include "core/wire/deflate.hpp"
#include "core/wire/websocket_test_kit.hpp"
#include "sim/explore/property.hpp"

using namespace tutti;
using namespace tutti::explore;
using namespace tutti::wire;
using namespace tutti::wire::test;

namespace {

std::string random_text(Choose& draw, std::size_t characters) {
  static const char* const kPieces[] = {
      "a", "Z", " ", "\n", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xb5", "\xed\x9f\xbf"};
  std::string out;
  for (std::size_t i = 0; i < characters; ++i) out += kPieces[draw.choose(8, "piece")];
  return out;
}

std::optional<std::uint32_t> draw_key(Choose& draw, Role reader) {
  if (reader == Role::client) return std::nullopt;
  return static_cast<std::uint32_t>(draw_bits(draw, "key"));
}

std::string draw_payload(Choose& draw, bool text) {
  static constexpr std::uint32_t kSizes[] = {0, 1, 7, 125, 126, 127, 300, 65535, 65536, 70000};
  std::uint32_t size = kSizes[draw.choose(10, "size")];
  if (text) return random_text(draw, size / 2);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(draw.choose(256, "byte"));
  return out;
}

void append_control(std::string& out, std::string& expected, Choose& draw, Role reader) {
  bool ping = draw.choose(2, "ping") == 0;
  std::string payload = random_text(draw, draw.choose(31, "control"));
  append_frame(out, ping ? Opcode::ping : Opcode::pong, as_bytes(payload), draw_key(draw, reader));
  expected += line_of({.kind = ping ? WebSocketEvent::Kind::ping : WebSocketEvent::Kind::pong,
                       .payload = as_bytes(payload)});
}

// One message in a random number of fragments with control frames in between; `expected` gets its
// events.
void append_message(std::string& out, std::string& expected, Choose& draw, Role reader,
                    Deflater* deflater) {
  bool text = draw.choose(2, "text") == 1;
  std::string plain = draw_payload(draw, text);
  bool compressed = deflater != nullptr && draw.choose(2, "deflate") == 1;
  std::string wire = compressed ? deflater->compress(as_bytes(plain)) : plain;
  std::uint32_t fragments = 1 + draw.choose(4, "fragments");
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < fragments; ++i) {
    bool last = i + 1 == fragments;
    std::size_t left = wire.size() - at;
    std::size_t size = last ? left : draw.choose(static_cast<std::uint32_t>(left) + 1, "fragment");
    Opcode opcode = i > 0 ? Opcode::continuation : text ? Opcode::text : Opcode::binary;
    append_frame(out, opcode, as_bytes(wire).subspan(at, size), draw_key(draw, reader), last,
                 compressed && i == 0);
    at += size;
    if (!last && draw.choose(3, "between") == 0) append_control(out, expected, draw, reader);
  }
  expected +=
      line_of({.kind = WebSocketEvent::Kind::message, .text = text, .payload = as_bytes(plain)});
}

}  // namespace

TEST_CASE(
    "websocket: encode then decode is identity for any messages, fragments and splits, on both "
    "sides") {
  CHECK_FOR_ALL(1, kSanitized ? 40 : 400, [](Choose& draw) {
    Role role = draw.choose(2, "role") == 0 ? Role::server : Role::client;
    Context context = draw.choose(2, "context") == 0 ? Context::forgotten : Context::kept;
    Deflater deflater = Deflater::create(15, context).value();
    Reading reading{.role = role, .deflate = draw.choose(2, "deflate") == 1, .context = context};
    std::string stream;
    std::string expected;
    for (std::uint32_t n = 1 + draw.choose(4, "messages"); n > 0; --n) {
      append_message(stream, expected, draw, role, reading.deflate ? &deflater : nullptr);
    }
    append_frame(stream, Opcode::close, as_bytes(close_payload(1000, "bye")), draw_key(draw, role));
    expected += line_of({.kind = WebSocketEvent::Kind::close,
                         .close_code = 1000,
                         .payload = as_bytes(close_payload(1000, "bye")),
                         .reason = "bye"});
    FAIL_UNLESS(events_of(stream, reading) == expected);
    FAIL_UNLESS(events_of(stream, reading, &draw) == expected);
    return kHolds;
  });
}

TEST_CASE("websocket: damaged bytes give the same events however they are split") {
  const int rounds = kSanitized ? 300 : 6000;
  int failures = 0;
  CHECK_FOR_ALL(77, static_cast<std::size_t>(rounds), [&](Choose& draw) {
    Role role = draw.choose(2, "role") == 0 ? Role::server : Role::client;
    Reading reading{
        .role = role, .deflate = draw.choose(2, "deflate") == 1, .max_message_bytes = 600};
    Deflater deflater = Deflater::create().value();
    std::string stream;
    for (int n = 0; n < 4; ++n) {
      Opcode opcode = draw.choose(2, "text") == 0 ? Opcode::text : Opcode::ping;
      std::string payload = random_text(draw, draw.choose(40, "size"));
      bool compressed = reading.deflate && opcode == Opcode::text;
      if (compressed) payload = deflater.compress(as_bytes(payload));
      append_frame(stream, opcode,
                   as_bytes(payload).first(std::min<std::size_t>(payload.size(), 125)),
                   draw_key(draw, role), true, compressed);
    }
    stream[draw.choose(static_cast<std::uint32_t>(stream.size()), "where")] ^=
        static_cast<char>(1 << draw.choose(8, "bit"));
    std::string whole = events_of(stream, reading);
    FAIL_UNLESS(events_of(stream, reading, &draw) == whole, whole);
    failures += whole.find("failed") != std::string::npos ? 1 : 0;
    return kHolds;
  });
  CHECK(failures > rounds / 8);  // the damage is felt
}

TEST_CASE(
    "websocket: a whole message is a view into the input, a cut one leaves no buffer behind") {
  std::string stream;
  append_frame(stream, Opcode::text, as_bytes("hello"), 0x12345678U);
  WebSocketReader reader(Role::server, {}, false);
  MutableBytes input = bytes_of(stream);
  auto event = reader.next(input);
  REQUIRE(event.has_value());
  CHECK(event->payload.data() == as_bytes(stream).data() + 6);
  CHECK(as_text(event->payload) == "hello");
  CHECK_FALSE(reader.next(input).has_value());
  CHECK(reader.held_bytes() == 0);

  std::string cut;
  append_frame(cut, Opcode::binary, as_bytes(std::string(1000, 'x')), 7U);
  MutableBytes first = bytes_of(cut).first(500);
  CHECK_FALSE(reader.next(first).has_value());
  CHECK(reader.held_bytes() >= 400);
  CHECK(reader.held_bytes() <= 1000);  // of what has come, not of what was announced
  MutableBytes second = bytes_of(cut).subspan(500);
  event = reader.next(second);
  REQUIRE(event.has_value());
  CHECK(event->payload.size() == 1000);
  CHECK_FALSE(reader.next(second).has_value());
  CHECK(reader.held_bytes() == 0);
}

TEST_CASE("websocket: the reader is small") { CHECK(sizeof(WebSocketReader) <= 64); }

TEST_CASE(
    "websocket: the message limit holds to the byte, for one frame and for fragments, before the "
    "bytes come") {
  for (std::size_t size : {std::size_t{1000}, std::size_t{1001}}) {
    CAPTURE(size);
    Reading reading{.role = Role::client, .max_message_bytes = 1000};
    std::string whole;
    append_frame(whole, Opcode::binary, as_bytes(std::string(size, 'x')));
    std::string parts;
    append_frame(parts, Opcode::binary, as_bytes(std::string(600, 'x')), std::nullopt, false);
    append_frame(parts, Opcode::continuation, as_bytes(std::string(size - 600, 'x')));
    const std::string verdict = size == 1000 ? "message binary" : "failed 1009";
    CHECK(events_of(whole, reading).starts_with(verdict));
    CHECK(events_of(parts, reading).starts_with(verdict));
  }
  // 2^62 bytes announced: refused at the header.
  std::string announced = as_string({0x82, 0x7f, 0x40, 0, 0, 0, 0, 0, 0, 0});
  CHECK(events_of(announced, {.role = Role::client}).starts_with("failed 1009"));
}

TEST_CASE("websocket: after a failure the reader stays failed, holds nothing and discards") {
  WebSocketReader reader(Role::client, {}, false);
  std::string stream;
  append_frame(stream, Opcode::text, as_bytes("part"), std::nullopt, false);
  append_frame(stream, Opcode::text, as_bytes("new"));
  append_frame(stream, Opcode::ping, as_bytes("late"));
  MutableBytes input = bytes_of(stream);
  auto event = reader.next(input);
  REQUIRE(event.has_value());
  CHECK(event->kind == WebSocketEvent::Kind::failed);
  CHECK(event->close_code == kCloseProtocol);
  CHECK(reader.failed());
  CHECK(reader.held_bytes() == 0);
  CHECK_FALSE(reader.next(input).has_value());
  CHECK(input.empty());
}

TEST_CASE("mask: in pieces at any offset it equals the definition, and twice is nothing") {
  CHECK_FOR_ALL(5, 300, [](Choose& draw) {
    std::string plain = draw_bytes(draw, 69);
    auto key = static_cast<std::uint32_t>(draw_bits(draw, "key"));
    std::string expected = plain;  // RFC 6455 section 5.3
    for (std::size_t i = 0; i < plain.size(); ++i)
      expected[i] ^= static_cast<char>(key >> (24 - 8 * (i % 4)));
    std::string masked = plain;
    std::size_t cut = draw.choose(static_cast<std::uint32_t>(plain.size()) + 1, "cut");
    mask(bytes_of(masked).first(cut), key);
    mask(bytes_of(masked).subspan(cut), key, cut);
    FAIL_UNLESS(masked == expected);
    mask(bytes_of(masked), key);
    FAIL_UNLESS(masked == plain);
    return kHolds;
  });
}

TEST_CASE("close_payload: the reason is cut at a character, no code gives an empty payload") {
  CHECK(close_payload(kCloseNoCode, "ignored").empty());
  CHECK(close_payload(1000) == "\x03\xe8");
  CHECK(close_payload(1001, "gone") == std::string("\x03\xe9") + "gone");
  std::string notes;
  for (int i = 0; i < 40; ++i) notes += "\xf0\x9f\x8e\xb5";
  std::string cut = close_payload(1000, notes);
  CHECK(cut.size() == 2 + 120);  // 30 notes; the 31st would end at 124
  CHECK(utf8_valid(std::string_view(cut).substr(2)));
  CHECK(close_payload(1000, std::string(200, 'x')).size() == kMaxControlBytes);
}
