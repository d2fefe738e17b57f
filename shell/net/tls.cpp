#include "shell/net/tls.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/check.hpp"

namespace tutti::shell {
namespace {

SSL* ssl_of(void* p) { return static_cast<SSL*>(p); }
BIO* bio_of(void* p) { return static_cast<BIO*>(p); }

std::string openssl_error() {
  char text[160] = "unknown";
  if (unsigned long code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

std::string fingerprint_of(SSL_CTX* context) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509* certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest, &size) != 1)
    return {};
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    std::string pair = hex(ByteView(reinterpret_cast<std::byte*>(&digest[i]), 1));
    std::transform(pair.begin(), pair.end(), pair.begin(),
                   [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    out += (i > 0 ? ":" : "") + pair;
  }
  return out;
}

bool write_pem(const std::string& path, auto write) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  FILE* file = ::fdopen(fd, "w");
  bool ok = write(file) == 1;
  ok = std::fflush(file) == 0 && ::fsync(fd) == 0 && ok;
  return std::fclose(file) == 0 && ok;
}

Result<void> make_certificate(const std::string& cert_path, const std::string& key_path) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  unsigned char serial[16];
  BIGNUM* number = BN_new();
  BN_rand(number, sizeof serial * 8 - 1, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3650L * 86400);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("tutti"), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  std::string names = std::string("DNS:localhost,IP:127.0.0.1,IP:::1,DNS:") + host;
  for (auto [nid, value] : {std::pair{NID_subject_alt_name, names.c_str()},
                            {NID_basic_constraints, "critical,CA:FALSE"}}) {
    if (X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value)) {
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    }
  }
  bool ok = X509_sign(certificate, key, EVP_sha256()) != 0;
  ok = ok && write_pem(key_path, [&](FILE* f) {
         return PEM_write_PrivateKey(f, key, nullptr, nullptr, 0, nullptr, nullptr);
       });
  ok = ok && write_pem(cert_path, [&](FILE* f) { return PEM_write_X509(f, certificate); });
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (!ok)
    return fail(Code::io, "cannot write a certificate to " + cert_path,
                "is the data directory writable and the disk not full?");
  return {};
}

}  // namespace

TlsContext::TlsContext(void* context)
    : context_(context), fingerprint_(fingerprint_of(static_cast<SSL_CTX*>(context))) {}
TlsContext::~TlsContext() { SSL_CTX_free(static_cast<SSL_CTX*>(context_)); }

Result<std::unique_ptr<TlsContext>> TlsContext::from_files(const std::string& cert,
                                                           const std::string& key) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  std::unique_ptr<TlsContext> owner(new TlsContext(context));
  if (SSL_CTX_use_certificate_chain_file(context, cert.c_str()) != 1) {
    return fail(Code::bad_request,
                "the certificate " + cert + " cannot be used: " + openssl_error(),
                "--cert wants a PEM file with the certificate and its chain");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return fail(Code::bad_request, "the key " + key + " cannot be used: " + openssl_error(),
                "--key wants the PEM file of the certificate's private key");
  }
  owner->fingerprint_ = fingerprint_of(context);
  return owner;
}

Result<std::unique_ptr<TlsContext>> TlsContext::self_signed(const std::string& folder) {
  std::string cert = folder + "/tls-cert.pem";
  std::string key = folder + "/tls-key.pem";
  if (::access(cert.c_str(), R_OK) != 0 || ::access(key.c_str(), R_OK) != 0) {
    if (auto made = make_certificate(cert, key); !made) return std::unexpected(made.error());
  }
  return from_files(cert, key);
}

TlsSession::TlsSession(TlsContext& context)
    : ssl_(SSL_new(static_cast<SSL_CTX*>(context.context_))),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())) {
  INVARIANT(ssl_ != nullptr && in_ != nullptr && out_ != nullptr);
  SSL_set_bio(ssl_of(ssl_), bio_of(in_), bio_of(out_));
  SSL_set_accept_state(ssl_of(ssl_));
}

TlsSession::~TlsSession() { SSL_free(ssl_of(ssl_)); }

bool TlsSession::feed(ByteView ciphertext) {
  ERR_clear_error();
  BIO_write(bio_of(in_), ciphertext.data(), static_cast<int>(ciphertext.size()));
  int state = 1;
  if (!SSL_is_init_finished(ssl_of(ssl_))) state = SSL_do_handshake(ssl_of(ssl_));
  int error = state == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_of(ssl_), state);
  collect();
  ERR_clear_error();
  return error == SSL_ERROR_NONE || error == SSL_ERROR_WANT_READ;
}

std::size_t TlsSession::read(MutableBytes out) {
  if (!SSL_is_init_finished(ssl_of(ssl_))) return 0;
  ERR_clear_error();
  int n = SSL_read(ssl_of(ssl_), out.data(), static_cast<int>(out.size()));
  if (n <= 0) {
    int error = SSL_get_error(ssl_of(ssl_), n);
    closed_ = closed_ || (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE);
  }
  collect();
  ERR_clear_error();
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

std::size_t TlsSession::write(ByteView plaintext) {
  if (!SSL_is_init_finished(ssl_of(ssl_)) || plaintext.empty()) return 0;
  ERR_clear_error();
  std::size_t taken = 0;
  while (taken < plaintext.size()) {
    int n = SSL_write(ssl_of(ssl_), plaintext.data() + taken,
                      static_cast<int>(std::min<std::size_t>(plaintext.size() - taken, 16384)));
    if (n <= 0) break;
    taken += static_cast<std::size_t>(n);
  }
  collect();
  ERR_clear_error();
  return taken;
}

void TlsSession::shutdown() {
  ERR_clear_error();
  SSL_shutdown(ssl_of(ssl_));
  collect();
  ERR_clear_error();
}

void TlsSession::collect() {
  char buffer[16384];
  for (int n = 0; (n = BIO_read(bio_of(out_), buffer, sizeof buffer)) > 0;)
    pending_.append(buffer, static_cast<std::size_t>(n));
}

ByteView TlsSession::pending() { return as_bytes(pending_).subspan(pending_sent_); }

void TlsSession::sent(std::size_t bytes) {
  pending_sent_ += bytes;
  if (pending_sent_ < pending_.size()) return;
  pending_ = {};  // an idle session holds no buffer
  pending_sent_ = 0;
}

}  // namespace tutti::shell
