// Guards: the digests are the published ones, also for empty input and over many blocks; comparison
// sees every byte. How: the examples of FIPS 180-4 as NIST publishes them, the handshake key of RFC
// 6455 section 1.3.
#include "core/crypt/hash.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tutti;
using namespace tutti::crypt;

static const std::string kTwoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

TEST_CASE("sha1: equals the published vectors") {
  CHECK(hex(sha1({})) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(hex(sha1(as_bytes("abc"))) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(hex(sha1(as_bytes(kTwoBlocks))) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  CHECK(hex(sha1(as_bytes(std::string(1'000'000, 'a')))) ==
        "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  CHECK(base64(sha1(as_bytes("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))) ==
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("sha256: equals the published vectors") {
  CHECK(hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256(as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256(as_bytes(kTwoBlocks))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(as_bytes(std::string(1'000'000, 'a')))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("constant_time_equal: equal exactly when every byte and the length are") {
  CHECK(constant_time_equal({}, {}));
  const std::string secret = "0123456789abcdef0";
  CHECK(constant_time_equal(as_bytes(secret), as_bytes(std::string(secret))));
  CHECK_FALSE(constant_time_equal(as_bytes(secret), as_bytes(secret).first(16)));
  for (std::size_t i = 0; i < secret.size(); ++i) {
    std::string other = secret;
    other[i] ^= 0x40;
    CHECK_FALSE(constant_time_equal(as_bytes(secret), as_bytes(other)));
  }
}
