#include "core/wire/websocket.hpp"

#include <algorithm>
#include <bit>

#include "core/base/check.hpp"
#include "core/wire/deflate.hpp"

namespace tutti::wire {
namespace {

using Kind = WebSocketEvent::Kind;

constexpr unsigned kFin = 0x80;
constexpr unsigned kRsv1 = 0x40;
constexpr unsigned kRsv23 = 0x30;
constexpr unsigned kMasked = 0x80;
constexpr unsigned kLength16 = 126;
constexpr unsigned kLength64 = 127;

unsigned number(std::byte b) { return std::to_integer<unsigned>(b); }

std::size_t header_bytes(std::byte second) {
  unsigned length = number(second) & 0x7f;
  std::size_t extended = length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
  return 2 + extended + ((number(second) & kMasked) != 0 ? 4 : 0);
}

bool is_control(Opcode opcode) { return static_cast<unsigned>(opcode) >= 8; }

}  // namespace

// The first two bytes of a frame.
struct WebSocketReader::Start {
  unsigned first;
  unsigned second;
  bool fin() const { return (first & kFin) != 0; }
  bool rsv1() const { return (first & kRsv1) != 0; }
  bool masked() const { return (second & kMasked) != 0; }
  unsigned length() const { return second & 0x7f; }
  Opcode opcode() const { return static_cast<Opcode>(first & 0x0f); }
};

WebSocketReader::WebSocketReader(Role role, WebSocketLimits limits, bool deflate)
    : max_message_bytes_(limits.max_message_bytes),
      server_(role == Role::server),
      deflate_(deflate) {}

std::optional<WebSocketEvent> WebSocketReader::next(MutableBytes& input, Inflater* inflater) {
  INVARIANT(!deflate_ || inflater != nullptr);
  if (shown_ || inflated_) forget_shown(inflater);
  while (end_ == End::open) {
    if (!in_frame_) {
      if (auto failure = read_header(input)) return failure;
      if (!in_frame_) return std::nullopt;
    }
    if (auto event = read_payload(input, inflater)) return event;
    if (in_frame_) return std::nullopt;
  }
  input = {};  // after a close or a failure nothing counts (section 1.4, 7.1.7)
  return std::nullopt;
}

// Ends inside the header, at in_frame_, or with a failure.
std::optional<WebSocketEvent> WebSocketReader::read_header(MutableBytes& input) {
  if (header_size_ == 0 && input.size() >= 2) {
    std::size_t need = header_bytes(input[1]);
    if (input.size() >= need) {
      const std::byte* header = input.data();
      input = input.subspan(need);
      return begin_frame(header);
    }
  }
  while (!input.empty()) {
    header_[header_size_++] = input.front();
    input = input.subspan(1);
    if (header_size_ < 2) continue;
    if (header_size_ == header_bytes(header_[1])) {
      header_size_ = 0;
      return begin_frame(header_.data());
    }
    // What is wrong already is not waited for.
    if (const char* reason = check_start({number(header_[0]), number(header_[1])})) {
      return fail_with(kCloseProtocol, reason);
    }
  }
  return std::nullopt;
}

// What the first two bytes break, or null (RFC 6455 sections 5.1, 5.2, 5.4, 5.5; RFC 7692 section
// 6).
const char* WebSocketReader::check_start(Start start) const {
  if ((start.first & kRsv23) != 0) return "a reserved bit is set";
  if (start.masked() != server_)
    return server_ ? "a client's frame is not masked" : "a server's frame is masked";
  switch (start.opcode()) {
    case Opcode::text:
    case Opcode::binary:
      if (start.rsv1() && !deflate_) return "a reserved bit is set";
      return in_message_ ? "a new message within a message" : nullptr;
    case Opcode::continuation:
      if (start.rsv1()) return "a continuation has the compression bit";
      return in_message_ ? nullptr : "a continuation without a message";
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      if (start.rsv1()) return "a control frame has the compression bit";
      if (!start.fin()) return "a control frame is fragmented";
      return start.length() > kMaxControlBytes ? "a control frame is longer than 125 bytes"
                                               : nullptr;
  }
  return "a reserved opcode";
}

// header: complete.
std::optional<WebSocketEvent> WebSocketReader::begin_frame(const std::byte* header) {
  Start start{number(header[0]), number(header[1])};
  if (const char* reason = check_start(start)) return fail_with(kCloseProtocol, reason);
  std::uint64_t length = start.length();
  const std::byte* rest = header + 2;
  if (length == kLength16) {
    length = load_be<std::uint16_t>(rest);
    if (length < kLength16) return fail_with(kCloseProtocol, "a length is not minimal");
    rest += 2;
  } else if (length == kLength64) {
    length = load_be<std::uint64_t>(rest);
    if (length >> 63 != 0) return fail_with(kCloseProtocol, "a length has its highest bit set");
    if (length <= UINT16_MAX) return fail_with(kCloseProtocol, "a length is not minimal");
    rest += 8;
  }
  if (server_) key_ = load_be<std::uint32_t>(rest);
  opcode_ = start.opcode();
  if (!is_control(opcode_)) {
    if (opcode_ != Opcode::continuation) {
      in_message_ = true;
      text_ = opcode_ == Opcode::text;
      compressed_ = start.rsv1();
      utf8_ = Utf8State::whole;
    }
    fin_ = start.fin();
    // Incompressible data grows a little (a stored block has 5 bytes per 64 KiB at most).
    std::uint64_t allowed =
        std::uint64_t{max_message_bytes_} + (compressed_ ? max_message_bytes_ / 256 + 64 : 0);
    if (length > allowed - message_bytes_)
      return fail_with(kCloseTooBig, "the message is larger than the limit");
  }
  remaining_ = length;
  in_frame_ = true;
  return std::nullopt;
}

// Takes what there is of the frame's payload; the frame is over when in_frame_ is false.
std::optional<WebSocketEvent> WebSocketReader::read_payload(MutableBytes& input,
                                                            Inflater* inflater) {
  std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  MutableBytes chunk = input.first(size);
  input = input.subspan(size);
  remaining_ -= size;
  in_frame_ = remaining_ != 0;
  if (server_) {
    mask(chunk, key_);
    key_ = std::rotl(key_, static_cast<int>(size % 4 * 8));
  }
  return is_control(opcode_) ? read_control(chunk) : read_data(chunk, inflater);
}

std::optional<WebSocketEvent> WebSocketReader::read_control(ByteView chunk) {
  bool whole = !in_frame_ && buffer_.size() == message_bytes_;
  if (!whole) collect(chunk);
  if (in_frame_) return std::nullopt;
  shown_ = !whole;
  ByteView payload = whole ? chunk : ByteView(buffer_).subspan(message_bytes_);
  if (opcode_ == Opcode::close) return end_close(payload);
  return WebSocketEvent{.kind = opcode_ == Opcode::ping ? Kind::ping : Kind::pong,
                        .payload = payload};
}

std::optional<WebSocketEvent> WebSocketReader::read_data(ByteView chunk, Inflater* inflater) {
  if (text_ && !compressed_) {
    utf8_ = utf8_step(utf8_, chunk);
    if (utf8_ == Utf8State::bad) return fail_with(kCloseBadData, "a text message is not UTF-8");
  }
  bool last = fin_ && !in_frame_;
  if (last && message_bytes_ == 0) return end_message(chunk, inflater);
  collect(chunk);
  message_bytes_ = static_cast<std::uint32_t>(buffer_.size());
  if (!last) return std::nullopt;
  shown_ = true;
  return end_message(buffer_, inflater);
}

WebSocketEvent WebSocketReader::end_message(ByteView payload, Inflater* inflater) {
  if (compressed_) {
    auto plain = inflater->inflate(payload, max_message_bytes_);
    if (!plain) {
      inflater->release_output();
      return fail_inflate(plain.error().code);
    }
    payload = *plain;
    inflated_ = true;
    if (text_) utf8_ = utf8_step(utf8_, payload);
  }
  if (text_ && utf8_ != Utf8State::whole) {
    if (inflated_) inflater->release_output();
    return fail_with(kCloseBadData, "a text message is not UTF-8");
  }
  in_message_ = false;
  message_bytes_ = 0;
  return WebSocketEvent{.kind = Kind::message, .text = text_, .payload = payload};
}

WebSocketEvent WebSocketReader::fail_inflate(Code code) {
  if (code == Code::message_too_big)
    return fail_with(kCloseTooBig, "the message inflates to more than the limit");
  if (code == Code::protocol)
    return fail_with(kCloseBadData, "a compressed message is no deflate stream");
  return fail_with(kCloseInternal, "no memory for decompression");
}

WebSocketEvent WebSocketReader::end_close(ByteView payload) {
  WebSocketEvent event{.kind = Kind::close, .close_code = kCloseNoCode, .payload = payload};
  if (payload.size() == 1) return fail_with(kCloseProtocol, "a close frame of one byte");
  if (payload.size() >= 2) {
    event.close_code = load_be<std::uint16_t>(payload.data());
    event.reason = as_text(payload.subspan(2));
    if (!valid_close_code(event.close_code))
      return fail_with(kCloseProtocol, "a close code that may not be sent");
    if (!utf8_valid(as_text(payload.subspan(2))))
      return fail_with(kCloseBadData, "the reason of a close is not UTF-8");
  }
  end_ = End::closed;
  return event;
}

WebSocketEvent WebSocketReader::fail_with(std::uint16_t code, const char* reason) {
  end_ = End::failed;
  drop_buffer();
  message_bytes_ = 0;
  return WebSocketEvent{.kind = Kind::failed, .close_code = code, .reason = reason};
}

// Room grows with what has come, never with what a header has announced.
void WebSocketReader::collect(ByteView chunk) {
  std::size_t size = buffer_.size() + chunk.size();
  if (size > buffer_.capacity()) {
    std::size_t doubled = std::max(size, buffer_.capacity() * 2);
    buffer_.reserve(fin_ ? std::min<std::uint64_t>(doubled, size + remaining_) : doubled);
  }
  buffer_.insert(buffer_.end(), chunk.begin(), chunk.end());
}

// Assigning {} would keep the capacity.
void WebSocketReader::drop_buffer() { std::vector<std::byte>().swap(buffer_); }

void WebSocketReader::forget_shown(Inflater* inflater) {
  if (inflated_ && inflater != nullptr) inflater->release_output();
  if (shown_) {
    if (message_bytes_ == 0) {
      drop_buffer();
    } else {
      buffer_.resize(message_bytes_);
    }
  }
  shown_ = false;
  inflated_ = false;
}

bool valid_close_code(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

}  // namespace tutti::wire
