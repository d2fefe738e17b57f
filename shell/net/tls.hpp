#pragma once
// TLS over memory (RFC 8446, 5246): ciphertext in and out as bytes, no sockets. The one place of
// the shell that sees OpenSSL.

#include <memory>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace tutti::shell {

class TlsContext {
 public:
  // Errors: io or bad_request, naming the file and what is wrong with it.
  static Result<std::unique_ptr<TlsContext>> from_files(const std::string& cert,
                                                        const std::string& key);
  // A self-signed certificate (P-256, ten years) in `folder`, made if it is not there yet.
  static Result<std::unique_ptr<TlsContext>> self_signed(const std::string& folder);
  ~TlsContext();
  // SHA-256 of the certificate, as browsers show it: "AB:CD:...".
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  friend class TlsSession;
  explicit TlsContext(void* context);
  void* context_;
  std::string fingerprint_;
};

// One server-side session.
class TlsSession {
 public:
  explicit TlsSession(TlsContext& context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;

  // Ciphertext from the peer. False: the session is broken and what `pending` holds (an alert) is
  // the last of it.
  bool feed(ByteView ciphertext);
  // Plaintext from the peer into `out`; 0: none now. closed() after the peer's close_notify.
  std::size_t read(MutableBytes out);
  bool closed() const { return closed_; }
  // Plaintext to the peer; returns how much was taken: all of it, or 0 before the handshake is
  // done.
  std::size_t write(ByteView plaintext);
  void shutdown();
  // Ciphertext to send; `sent` removes from its front.
  ByteView pending();
  void sent(std::size_t bytes);

 private:
  void collect();
  void* ssl_;
  void* in_;
  void* out_;
  std::string pending_;
  std::size_t pending_sent_ = 0;
  bool closed_ = false;
};

}  // namespace tutti::shell
