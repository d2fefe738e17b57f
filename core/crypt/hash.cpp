#include "core/crypt/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "core/base/check.hpp"

namespace tutti::crypt {
namespace {

template <class Digest>
Digest digest(ByteView bytes, const EVP_MD* kind) {
  Digest out;
  unsigned size = 0;
  // It fails only when OpenSSL was built or configured without the digest: nothing a caller could
  // handle.
  INVARIANT(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()),
                       &size, kind, nullptr));
  INVARIANT(size == out.size());
  return out;
}

}  // namespace

Sha1 sha1(ByteView bytes) { return digest<Sha1>(bytes, EVP_sha1()); }
Sha256 sha256(ByteView bytes) { return digest<Sha256>(bytes, EVP_sha256()); }

bool constant_time_equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace tutti::crypt
