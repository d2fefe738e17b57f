// Guards: a handshake with missing or wrong parts is refused with its status, each
// permessage-deflate parameter is understood, an answer that grants what was not asked ends the
// dial. How: a good request, with one thing changed.
#include "core/wire/websocket_handshake.hpp"

#include <doctest/doctest.h>

#include "core/wire/extension_list.hpp"

using namespace tutti;
using namespace tutti::wire;

namespace {

HttpRequest good_request() {
  return {.method = "GET",
          .target = "/ws",
          .headers = {{"Host", "server.example.com"},
                      {"Upgrade", "WebSocket"},
                      {"Connection", "keep-alive, Upgrade"},
                      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                      {"Sec-WebSocket-Version", "13"}}};
}

HttpRequest with(std::string_view name, std::string value) {
  HttpRequest request = good_request();
  for (HttpHeader& h : request.headers) {
    if (h.name == name) {
      h.value = std::move(value);
      return request;
    }
  }
  request.headers.push_back({std::string(name), std::move(value)});
  return request;
}

HttpRequest without(std::string_view name) {
  HttpRequest request = good_request();
  std::erase_if(request.headers, [name](const HttpHeader& h) { return h.name == name; });
  return request;
}

int refused(const HttpRequest& request) {
  auto upgrade = check_upgrade(request, {});
  return upgrade ? 0 : refuse_upgrade(upgrade.error()).status;
}

// The answer to an offer; empty when it is declined, "error" when the request is refused.
std::string answer(std::string offer, DeflatePolicy policy = {}) {
  auto upgrade =
      check_upgrade(with("Sec-WebSocket-Extensions", std::move(offer)), {.deflate = policy});
  return upgrade ? upgrade->extensions : "error";
}

HttpResponse good_answer(const ClientUpgrade& wish) {
  return upgrade_response({.accept = accept_of(base64(wish.key))});
}

// The client's verdict on a server's Sec-WebSocket-Extensions.
Result<Upgrade> taken(const DeflateAgreement& wish, std::string field) {
  ClientUpgrade client{.host = "h", .target = "/", .deflate = wish};
  HttpResponse response = good_answer(client);
  response.headers.push_back({"Sec-WebSocket-Extensions", std::move(field)});
  return check_upgrade_response(response, client);
}

constexpr const char* kBothForget =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
constexpr DeflateAgreement kNoWish{.server_no_context = false, .client_no_context = false};

}  // namespace

TEST_CASE("handshake: the example of RFC 6455 section 1.3 is accepted") {
  auto upgrade = check_upgrade(good_request(), {});
  REQUIRE(upgrade.has_value());
  CHECK(upgrade->accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  HttpResponse response = upgrade_response(*upgrade);
  CHECK(response.status == 101);
  CHECK(response.headers.size() == 3);
}

TEST_CASE("handshake: each missing or wrong part is refused with its status") {
  for (const char* name :
       {"Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
    CAPTURE(name);
    CHECK(refused(without(name)) == 400);
  }
  CHECK(refused(good_request()) == 0);
  CHECK(refused(with("Upgrade", "h2c")) == 400);
  CHECK(refused(with("Connection", "keep-alive")) == 400);
  CHECK(refused(with("Sec-WebSocket-Version", "8")) == 426);
  CHECK(refused(with("Sec-WebSocket-Version", "013")) == 426);
  HttpRequest post = good_request();
  post.method = "POST";
  CHECK(refused(post) == 405);
  HttpRequest old = good_request();
  old.version = 10;
  CHECK(refused(old) == 400);
  HttpRequest twice = good_request();
  twice.headers.push_back({"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="});
  CHECK(refused(twice) == 400);
}

TEST_CASE("handshake: a refusal for the version names the one we speak") {
  HttpResponse response =
      refuse_upgrade(check_upgrade(with("Sec-WebSocket-Version", "14"), {}).error());
  CHECK(HttpRequest{.headers = response.headers}.header("Sec-WebSocket-Version") == "13");
  CHECK_FALSE(response.body.empty());
}

TEST_CASE("handshake: a key is exactly 16 bytes in canonical base64") {
  for (const char* key :
       {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZR==",
        "dGhlIHNhbXBsZSBub25jZSE=", "dGhlIHNhbXBsZSBub25jZSEh",
        "dGhlIHNhbXBsZSBub25j!Q==", "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ=="}) {
    CAPTURE(key);
    CHECK(refused(with("Sec-WebSocket-Key", key)) == 400);
  }
}

TEST_CASE(
    "handshake: the server's favourite of the named subprotocols is chosen, none is no error") {
  UpgradeOptions options{.subprotocols = {"tutti.v2", "tutti.v1"}};
  auto chosen = [&](std::string list) {
    auto upgrade = check_upgrade(with("Sec-WebSocket-Protocol", std::move(list)), options);
    return upgrade ? upgrade->subprotocol : "error";
  };
  CHECK(chosen("tutti.v1 , tutti.v2") == "tutti.v2");
  CHECK(chosen("tutti.v1") == "tutti.v1");
  CHECK(chosen("TUTTI.v1") == "");
  CHECK(chosen("other") == "");
  CHECK(chosen("") == "error");
  CHECK(chosen("a, ,b") == "error");
  CHECK(chosen("a, a") == "error");
  CHECK(chosen("a b") == "error");
  HttpRequest lines = with("Sec-WebSocket-Protocol", "other");
  lines.headers.push_back({"Sec-WebSocket-Protocol", "tutti.v1"});
  CHECK(check_upgrade(lines, options).value().subprotocol == "tutti.v1");
}

TEST_CASE("handshake: a server that chooses later sees all names, and may still decline deflate") {
  HttpRequest request = with("Sec-WebSocket-Protocol", "a, b");
  request.headers.push_back({"Sec-WebSocket-Extensions", "permessage-deflate"});
  Upgrade upgrade = check_upgrade(request, {}).value();
  CHECK(upgrade.protocols == std::vector<std::string>{"a", "b"});
  auto field = [&](std::string_view name) {
    return HttpRequest{.headers = upgrade_headers(upgrade, "b")}.header_list(name);
  };
  CHECK(field("Sec-WebSocket-Protocol") == "b");
  CHECK(field("Sec-WebSocket-Extensions") == kBothForget);
  upgrade.deflate.reset();
  CHECK(field("Sec-WebSocket-Extensions").empty());
}

TEST_CASE(
    "deflate offer: no side keeps a context unless the policy allows it and the client wishes it") {
  CHECK(answer("permessage-deflate") == kBothForget);
  CHECK(answer("permessage-deflate; client_max_window_bits") == kBothForget);
  DeflatePolicy keep{.may_keep_server_context = true, .may_keep_client_context = true};
  CHECK(answer("permessage-deflate", keep) == "permessage-deflate");
  CHECK(answer("permessage-deflate; client_no_context_takeover", keep) ==
        "permessage-deflate; client_no_context_takeover");
  CHECK(answer("permessage-deflate; server_no_context_takeover", keep) ==
        "permessage-deflate; server_no_context_takeover");
  CHECK(answer("permessage-deflate", {.enabled = false}) == "");
}

TEST_CASE(
    "deflate offer: window bits from 8 to 15 are granted, a client's only when it named them") {
  const std::string both = kBothForget;
  for (int bits = 8; bits <= 15; ++bits) {
    const std::string n = std::to_string(bits);
    CHECK(answer("permessage-deflate; server_max_window_bits=" + n) ==
          both + "; server_max_window_bits=" + n);
    CHECK(answer("permessage-deflate; client_max_window_bits=\"" + n + "\"") ==
          (bits == 15 ? both : both + "; client_max_window_bits=" + n));
  }
  DeflatePolicy narrow{.client_window_bits = 10};
  CHECK(answer("permessage-deflate", narrow) == both);
  CHECK(answer("permessage-deflate; client_max_window_bits", narrow) ==
        both + "; client_max_window_bits=10");
  CHECK(answer("permessage-deflate; client_max_window_bits=9", narrow) ==
        both + "; client_max_window_bits=9");
}

TEST_CASE(
    "deflate offer: unknown, repeated and malformed parameters decline the offer, the next one "
    "counts") {
  for (const char* bad :
       {"unknown", "server_no_context_takeover=1", "client_no_context_takeover=true",
        "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
        "server_max_window_bits=08", "server_max_window_bits=+9", "client_max_window_bits=0",
        "client_max_window_bits=100", "client_max_window_bits=9; client_max_window_bits=9",
        "server_no_context_takeover; server_no_context_takeover",
        "client_max_window_bits; client_max_window_bits"}) {
    CAPTURE(bad);
    CHECK(answer(std::string("permessage-deflate; ") + bad) == "");
    CHECK(answer(std::string("x-other, permessage-deflate; ") + bad + ", permessage-deflate") ==
          kBothForget);
  }
}

TEST_CASE(
    "extensions: what breaks the grammar is refused, quoted values and empty elements are read") {
  for (const char* bad : {"permessage-deflate;", "; a", "a b", "a; b=", "a; b=\"", "a; b=\"x y\"",
                          "a; b=\"\"", "a=b", "a; =b", "a;;b", "\"a\"", "a; b=\"\\"}) {
    CAPTURE(bad);
    CHECK(answer(bad) == "error");
  }
  auto parsed = parse_extensions(" , a ;b=\"1\\2\" ; c ,, d");
  REQUIRE(parsed.has_value());
  REQUIRE(parsed->size() == 2);
  CHECK((*parsed)[0].parameters[0].value == "12");
  CHECK_FALSE((*parsed)[0].parameters[1].value.has_value());
  std::string many = "a";
  for (int i = 0; i < 64; ++i) many += "; b";
  CHECK(answer(many) == "error");
}

TEST_CASE("client: request and answer meet, for every combination of the four parameters") {
  for (int mask = 0; mask < 64; ++mask) {
    CAPTURE(mask);
    DeflateAgreement wish{(mask & 1) != 0, (mask & 2) != 0, (mask & 4) != 0 ? 9 : 15,
                          (mask & 8) != 0 ? 10 : 15};
    DeflatePolicy policy{.may_keep_server_context = (mask & 16) != 0,
                         .may_keep_client_context = (mask & 32) != 0};
    ClientUpgrade client{
        .host = "h:1", .target = "/ws?a=b", .subprotocols = {"x", "y"}, .deflate = wish};
    HttpRequest request = upgrade_request(client);
    auto server = check_upgrade(request, {.subprotocols = {"y"}, .deflate = policy});
    REQUIRE(server.has_value());
    auto agreed = check_upgrade_response(upgrade_response(*server), client);
    REQUIRE(agreed.has_value());
    CHECK(agreed->subprotocol == "y");
    REQUIRE(agreed->deflate.has_value());
    CHECK(*agreed->deflate == *server->deflate);
    CHECK(agreed->deflate->server_no_context ==
          (wish.server_no_context || !policy.may_keep_server_context));
    CHECK(agreed->deflate->client_no_context ==
          (wish.client_no_context || !policy.may_keep_client_context));
  }
}

TEST_CASE("client: an answer that breaks the handshake is an error") {
  ClientUpgrade wish{.host = "h", .target = "/", .subprotocols = {"x"}, .deflate = std::nullopt};
  CHECK(check_upgrade_response(good_answer(wish), wish).has_value());
  auto code_of = [&](HttpResponse response) {
    auto verdict = check_upgrade_response(response, wish);
    return verdict ? std::string("fine") : std::string(name(verdict.error().code));
  };
  for (std::size_t drop = 0; drop < 3; ++drop) {
    HttpResponse response = good_answer(wish);
    response.headers.erase(response.headers.begin() + static_cast<std::ptrdiff_t>(drop));
    CHECK(code_of(response) == "protocol");
    response = good_answer(wish);
    response.headers[drop].value = "wrong";
    CHECK(code_of(response) == "protocol");
  }
  for (HttpHeader extra :
       {HttpHeader{"Sec-WebSocket-Protocol", "y"}, HttpHeader{"Sec-WebSocket-Protocol", "x, x"},
        HttpHeader{"Sec-WebSocket-Extensions", "permessage-deflate"},
        HttpHeader{"Sec-WebSocket-Extensions", "a;"}}) {
    HttpResponse response = good_answer(wish);
    response.headers.push_back(extra);
    CHECK(code_of(response) == "protocol");
  }
  CHECK(code_of({.status = 200}) == "protocol");
  CHECK(code_of({.status = 401}) == "unauthenticated");
  CHECK(code_of({.status = 429}) == "rate_limited");
  CHECK(code_of({.status = 503}) == "unavailable");
}

TEST_CASE("client: an answer to deflate that ignores a wish or breaks the rules is an error") {
  CHECK(taken(kNoWish, "permessage-deflate").value().deflate == kNoWish);
  CHECK(taken(kNoWish, "permessage-deflate; client_max_window_bits=9")
            .value()
            .deflate->client_window_bits == 9);
  CHECK_FALSE(taken({}, "permessage-deflate; client_no_context_takeover").has_value());
  CHECK_FALSE(taken(kNoWish, "permessage-deflate; client_max_window_bits").has_value());
  CHECK_FALSE(taken(kNoWish, "permessage-deflate; unknown").has_value());
  CHECK_FALSE(taken(kNoWish, "permessage-deflate, permessage-deflate").has_value());
  CHECK_FALSE(taken(kNoWish, "x-webkit-deflate-frame").has_value());
  DeflateAgreement narrow{false, false, 10, 10};
  CHECK_FALSE(taken(narrow, "permessage-deflate").has_value());
  CHECK_FALSE(taken(narrow, "permessage-deflate; server_max_window_bits=11").has_value());
  CHECK_FALSE(
      taken(narrow, "permessage-deflate; server_max_window_bits=9; client_max_window_bits=11")
          .has_value());
  CHECK(taken(narrow, "permessage-deflate; server_max_window_bits=9")
            .value()
            .deflate->server_window_bits == 9);
}
