#include "bench/tls_client.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>

namespace tutti::bench {
namespace {

SSL* ssl_of(void* p) { return static_cast<SSL*>(p); }

}  // namespace

Result<std::unique_ptr<TlsClient>> TlsClient::connect(int fd) {
  static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  std::unique_ptr<TlsClient> client(new TlsClient(SSL_new(context)));
  SSL* ssl = ssl_of(client->ssl_);
  SSL_set_mode(ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_fd(ssl, fd);
  if (SSL_connect(ssl) != 1) return fail(Code::io, "the TLS handshake failed");
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return client;
}

TlsClient::~TlsClient() { SSL_free(ssl_of(ssl_)); }

ssize_t TlsClient::outcome(int n) {
  if (n > 0) return n;
  int error = SSL_get_error(ssl_of(ssl_), n);
  ERR_clear_error();
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
  return -1;
}

ssize_t TlsClient::read(char* to, std::size_t most) {
  return outcome(SSL_read(ssl_of(ssl_), to, static_cast<int>(most)));
}
ssize_t TlsClient::write(const char* from, std::size_t size) {
  return outcome(SSL_write(ssl_of(ssl_), from, static_cast<int>(size)));
}

}  // namespace tutti::bench
