#pragma once
// The client's end of TLS on a socket, for the load generator: it trusts any certificate, for it
// talks to a server that it started itself. The one place of bench that sees OpenSSL.

#include <sys/types.h>

#include <cstddef>
#include <memory>

#include "core/base/result.hpp"

namespace tutti::bench {

class TlsClient {
 public:
  // The handshake, on a connected socket that blocks; from then on the socket does not.
  static Result<std::unique_ptr<TlsClient>> connect(int fd);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // As recv(2) and send(2): -1 with EAGAIN when there is nothing, or no room, for now.
  ssize_t read(char* to, std::size_t most);
  ssize_t write(const char* from, std::size_t size);

 private:
  explicit TlsClient(void* ssl) : ssl_(ssl) {}
  ssize_t outcome(int n);
  void* ssl_;
};

}  // namespace tutti::bench
