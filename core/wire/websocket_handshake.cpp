#include "core/wire/websocket_handshake.hpp"

#include <algorithm>

#include "core/crypt/hash.hpp"
#include "core/wire/deflate_agreement.hpp"
#include "core/wire/extension_list.hpp"

namespace tutti::wire {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 section 1.3
constexpr std::string_view kKey = "Sec-WebSocket-Key";
constexpr std::string_view kAccept = "Sec-WebSocket-Accept";
constexpr std::string_view kVersion = "Sec-WebSocket-Version";
constexpr std::string_view kProtocol = "Sec-WebSocket-Protocol";
constexpr std::string_view kExtensions = "Sec-WebSocket-Extensions";

std::size_t count(const std::vector<HttpHeader>& headers, std::string_view name) {
  auto named = [name](const HttpHeader& h) { return equal_nocase(h.name, name); };
  return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), named));
}

// 16 bytes in base64: 22 digits, of which the last carries two bits only, and "==".
bool valid_key(std::string_view key) {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  auto digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  };
  return std::all_of(key.begin(), key.begin() + 22, digit) &&
         std::string_view("AQgw").find(key[21]) != key.npos;
}

// The items of a list; nothing when one is no token or stands twice (section 4.1, item 10).
std::optional<std::vector<std::string_view>> subprotocols_of(std::string_view list) {
  std::vector<std::string_view> all;
  for (;;) {
    std::size_t comma = list.find(',');
    std::string_view item = list.substr(0, comma);
    item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
    item = item.substr(0, item.find_last_not_of(" \t") + 1);
    if (!is_token(item) || std::find(all.begin(), all.end(), item) != all.end())
      return std::nullopt;
    if (all.size() == kMaxExtensionItems) return std::nullopt;
    all.push_back(item);
    if (comma == std::string_view::npos) return all;
    list.remove_prefix(comma + 1);
  }
}

// What the client named, and of it the server's favourite; names are compared exactly.
Result<void> read_subprotocols(const HttpRequest& request,
                               const std::vector<std::string_view>& ours, Upgrade& out) {
  if (count(request.headers, kProtocol) == 0) return {};
  const std::string list = request.header_list(kProtocol);
  auto named = subprotocols_of(list);
  if (!named)
    return fail(Code::bad_request, "Sec-WebSocket-Protocol is no list of distinct tokens");
  out.protocols.assign(named->begin(), named->end());
  auto favourite = std::find_first_of(ours.begin(), ours.end(), named->begin(), named->end());
  if (favourite != ours.end()) out.subprotocol = *favourite;
  return {};
}

Result<void> check_request(const HttpRequest& request) {
  if (request.method != "GET") return fail(Code::bad_method, "a WebSocket is opened with GET");
  if (request.version < 11) return fail(Code::bad_request, "a WebSocket needs HTTP/1.1");
  if (count(request.headers, "Host") != 1)
    return fail(Code::bad_request, "exactly one Host is needed");
  if (!wants_websocket(request)) return fail(Code::bad_request, "Upgrade does not name websocket");
  if (!list_has(request.header_list("Connection"), "upgrade")) {
    return fail(Code::bad_request, "Connection does not name Upgrade");
  }
  if (count(request.headers, kVersion) == 0)
    return fail(Code::bad_request, "Sec-WebSocket-Version is missing");
  if (request.header_list(kVersion) != "13")
    return fail(Code::unsupported, "only version 13 is spoken");
  if (count(request.headers, kKey) != 1)
    return fail(Code::bad_request, "exactly one Sec-WebSocket-Key is needed");
  if (!valid_key(request.header(kKey)))
    return fail(Code::bad_request, "Sec-WebSocket-Key is not 16 bytes in base64");
  return {};
}

Code refusal_code(int status) {
  switch (status) {
    case 401: return Code::unauthenticated;
    case 403: return Code::forbidden;
    case 404: return Code::not_found;
    case 426: return Code::unsupported;
    case 429: return Code::rate_limited;
    default: return status >= 500 ? Code::unavailable : Code::protocol;
  }
}

// A response's fields, with the look-ups of a request.
HttpRequest fields_of(const HttpResponse& response) {
  return HttpRequest{.headers = response.headers};
}

Result<void> check_answer(const HttpRequest& fields, const ClientUpgrade& wish) {
  if (!wants_websocket(fields))
    return fail(Code::protocol, "the answer's Upgrade does not name websocket");
  if (!list_has(fields.header_list("Connection"), "upgrade")) {
    return fail(Code::protocol, "the answer's Connection does not name Upgrade");
  }
  if (fields.header_list(kAccept) != accept_of(base64(wish.key))) {
    return fail(Code::protocol, "the answer's Sec-WebSocket-Accept does not fit the key");
  }
  const std::string subprotocol = fields.header_list(kProtocol);
  bool asked = std::find(wish.subprotocols.begin(), wish.subprotocols.end(), subprotocol) !=
               wish.subprotocols.end();
  if (count(fields.headers, kProtocol) > 0 && !asked) {
    return fail(Code::protocol, "the server chose a subprotocol that was not offered");
  }
  return {};
}

}  // namespace

std::string accept_of(std::string_view key_text) {
  return base64(crypt::sha1(as_bytes(std::string(key_text) + std::string(kGuid))));
}

bool wants_websocket(const HttpRequest& request) {
  return list_has(request.header_list("Upgrade"), "websocket");
}

Result<Upgrade> check_upgrade(const HttpRequest& request, const UpgradeOptions& options) {
  if (auto fine = check_request(request); !fine) return std::unexpected(fine.error());
  Upgrade upgrade{.accept = accept_of(request.header(kKey))};
  if (auto fine = read_subprotocols(request, options.subprotocols, upgrade); !fine)
    return std::unexpected(fine.error());
  auto offers = parse_extensions(request.header_list(kExtensions));
  if (!offers) return std::unexpected(offers.error());
  if (auto answer = grant_deflate(*offers, options.deflate)) {
    upgrade.deflate = answer->agreement;
    upgrade.extensions = std::move(answer->text);
  }
  return upgrade;
}

std::vector<HttpHeader> upgrade_headers(const Upgrade& upgrade, std::string_view subprotocol) {
  std::vector<HttpHeader> headers{{"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
  headers.push_back({std::string(kAccept), upgrade.accept});
  if (!subprotocol.empty()) headers.push_back({std::string(kProtocol), std::string(subprotocol)});
  if (upgrade.deflate) headers.push_back({std::string(kExtensions), upgrade.extensions});
  return headers;
}

HttpResponse upgrade_response(const Upgrade& upgrade) {
  return {101, upgrade_headers(upgrade, upgrade.subprotocol), {}};
}

HttpResponse refuse_upgrade(const Error& error) {
  HttpResponse response{400, {{"Content-Type", "text/plain; charset=utf-8"}}, error.text + "\n"};
  if (error.code == Code::bad_method) {
    response.status = 405;
    response.headers.push_back({"Allow", "GET"});
  } else if (error.code == Code::unsupported) {
    response.status = 426;
    response.headers.push_back({"Upgrade", "websocket"});
    response.headers.push_back({std::string(kVersion), "13"});
  }
  return response;
}

HttpRequest upgrade_request(const ClientUpgrade& wish) {
  HttpRequest request{.method = "GET", .target = wish.target};
  request.headers = {{"Host", wish.host},
                     {"Upgrade", "websocket"},
                     {"Connection", "Upgrade"},
                     {std::string(kVersion), "13"},
                     {std::string(kKey), base64(wish.key)}};
  if (!wish.subprotocols.empty()) {
    std::string list;
    for (const std::string& name : wish.subprotocols) list += (list.empty() ? "" : ", ") + name;
    request.headers.push_back({std::string(kProtocol), list});
  }
  if (wish.deflate)
    request.headers.push_back({std::string(kExtensions), offer_deflate(*wish.deflate)});
  request.headers.insert(request.headers.end(), wish.headers.begin(), wish.headers.end());
  return request;
}

Result<Upgrade> check_upgrade_response(const HttpResponse& response, const ClientUpgrade& wish) {
  if (response.status != 101) {
    return fail(refusal_code(response.status),
                "the server refused the WebSocket: " + std::to_string(response.status));
  }
  const HttpRequest fields = fields_of(response);
  if (auto fine = check_answer(fields, wish); !fine) return std::unexpected(fine.error());
  const std::string field = fields.header_list(kExtensions);
  auto extensions = parse_extensions(field);
  if (!extensions) return fail(Code::protocol, extensions.error().text);
  Upgrade upgrade{.accept = fields.header_list(kAccept),
                  .subprotocol = fields.header_list(kProtocol),
                  .extensions = field};
  if (extensions->empty()) return upgrade;
  if (!wish.deflate || extensions->size() > 1)
    return fail(Code::protocol, "the server chose an extension not offered");
  auto agreement = take_deflate(extensions->front(), *wish.deflate);
  if (!agreement) return std::unexpected(agreement.error());
  upgrade.deflate = *agreement;
  return upgrade;
}

}  // namespace tutti::wire
