#pragma once
// ClientReader: the bytes a client receives, as answers and frames. HTTP until a 101, WebSocket
// from there on; bytes behind a close frame are reported as what they are, a fault.

#include <optional>
#include <string>
#include <string_view>

#include "core/wire/deflate.hpp"
#include "core/wire/websocket.hpp"

namespace tutti::world {

class ClientReader {
 public:
  class Takes {
   public:
    virtual ~Takes() = default;
    virtual bool expects_body() = 0;  // of the answer that comes next: false after a HEAD
    // May end the connection: false stops reading.
    virtual bool answer(int status, std::string_view head, std::string_view body) = 0;
    virtual bool frame(const wire::WebSocketEvent& event) = 0;
    virtual void nonsense(const char* what) = 0;
  };

  void reset();
  bool upgraded() const { return frames_.has_value(); }
  // `inflater` is shared by all clients: none keeps a context.
  void take(std::string& bytes, wire::Inflater& inflater, Takes& to);

 private:
  bool take_answer(Takes& to);
  void take_frames(MutableBytes input, wire::Inflater& inflater, Takes& to);

  std::string buffer_;  // of HTTP
  std::optional<wire::WebSocketReader> frames_;
  bool closed_ = false;
};

// The value of a field in a response's head; empty when it has none.
std::string_view field(std::string_view head, std::string_view name);

}  // namespace tutti::world
