#include "sim/world/client_reader.hpp"

#include <charconv>

namespace tutti::world {
namespace {
constexpr std::uint32_t kMost = 1 << 24;

MutableBytes bytes_of(std::string& text) {
  return {reinterpret_cast<std::byte*>(text.data()), text.size()};
}
std::size_t number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}
}  // namespace

std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;) {
    std::size_t end = std::min(head.find("\r\n", at + 2), head.size());
    std::string_view line = head.substr(at + 2, end - at - 2);
    if (line.starts_with(name) && line.substr(name.size()).starts_with(": "))
      return line.substr(name.size() + 2);
    at = end == head.size() ? std::string_view::npos : end;
  }
  return {};
}

void ClientReader::reset() {
  buffer_.clear();
  frames_.reset();
  closed_ = false;
}

void ClientReader::take(std::string& bytes, wire::Inflater& inflater, Takes& to) {
  if (frames_) return take_frames(bytes_of(bytes), inflater, to);
  buffer_ += bytes;
  while (!frames_ && take_answer(to)) {
  }
  if (!frames_ || buffer_.empty()) return;
  std::string rest = std::move(buffer_);
  buffer_.clear();
  take_frames(bytes_of(rest), inflater, to);
}

bool ClientReader::take_answer(Takes& to) {
  std::size_t end = buffer_.find("\r\n\r\n");
  if (!buffer_.empty() && !std::string_view("HTTP/1.1 ").starts_with(buffer_.substr(0, 9))) {
    to.nonsense("bytes that are no answer");
    buffer_.clear();
    return false;
  }
  if (end == std::string::npos) return false;
  std::string_view head = std::string_view(buffer_).substr(0, end);
  int status = static_cast<int>(number(head.substr(9, 3)));
  bool bare = status < 200 || status == 304 || !to.expects_body();
  std::size_t size = bare ? 0 : number(field(head, "Content-Length"));
  if (buffer_.size() < end + 4 + size) return false;
  if (status == 101) {
    bool deflate = field(head, "Sec-WebSocket-Extensions").starts_with("permessage-deflate");
    frames_.emplace(wire::Role::client, wire::WebSocketLimits{kMost}, deflate);
  }
  bool on = to.answer(status, head, std::string_view(buffer_).substr(end + 4, size));
  if (!on) return buffer_.clear(), false;
  buffer_.erase(0, end + 4 + size);
  return true;
}

void ClientReader::take_frames(MutableBytes input, wire::Inflater& inflater, Takes& to) {
  if (closed_ && !input.empty()) return to.nonsense("bytes after a close frame");
  while (auto event = frames_->next(input, &inflater)) {
    using Kind = wire::WebSocketEvent::Kind;
    if (event->kind == Kind::failed) return to.nonsense("frames that break RFC 6455");
    closed_ = event->kind == Kind::close;
    if (!to.frame(*event)) return;
    if (closed_ && !input.empty()) return to.nonsense("bytes after a close frame");
  }
}

}  // namespace tutti::world
