#include <algorithm>

#include "core/hub/house.hpp"
#include "core/wire/session.hpp"
#include "core/wire/uri.hpp"

namespace tutti::hub {
namespace {

constexpr std::string_view kJson = "application/json";
// Nothing is loaded from elsewhere, and no other site may frame us.
constexpr std::string_view kContentPolicy =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'";
constexpr std::size_t kClientIdBytes = 64;

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string query_value(std::string_view target, std::string_view key) {
  auto parsed = wire::parse_target(target);
  if (!parsed) return {};
  for (const auto& parameter : parsed->query) {
    if (parameter.key == key) return parameter.value;
  }
  return {};
}

}  // namespace

void House::respond(ConnId conn, int status, std::string_view type, std::string body,
                    std::vector<wire::HttpHeader> more) {
  wire::HttpResponse head{status, std::move(more), {}};
  head.headers.push_back({"Content-Type", std::string(type)});
  head.headers.push_back({"Cache-Control", "no-store"});
  head.headers.push_back({"X-Content-Type-Options", "nosniff"});
  down(conn.edge, live::Respond{conn, std::move(head), Bytes(std::move(body))});
}

void House::refuse(ConnId conn, const Error& error, std::string_view allow) {
  std::vector<wire::HttpHeader> more;
  if (!allow.empty()) more.push_back({"Allow", std::string(allow)});
  if (error.retry_after_ms > 0)
    more.push_back({"Retry-After", std::to_string((error.retry_after_ms + 999) / 1000)});
  respond(conn, http_status(error.code), kJson, write_json(api::error_json(error)) + "\n",
          std::move(more));
}

// Who asks with this request. From the first one that is authenticated on, the connection counts
// for its account and no longer for its address; the requests of a proxy count each for the client
// it names.
Result<void> House::identify(Link& link, const wire::HttpRequest& request, Now now) {
  using Origin = auth::Credentials::Origin;
  auth::Credentials credentials;
  switch (link.peer.kind) {
    case live::Peer::Kind::control: credentials.came_from = Origin::control; break;
    case live::Peer::Kind::loopback: credentials.came_from = Origin::loopback; break;
    case live::Peer::Kind::remote: credentials.came_from = Origin::remote; break;
  }
  credentials.host = request.header("Host");
  credentials.origin = request.header("Origin");
  std::string chain = request.header_list("X-Forwarded-For");
  credentials.forwarded = !chain.empty() || !request.header("Forwarded").empty();
  if (trusted(link.peer)) {
    auto client = wire::last_forwarded(chain);
    if (client) {
      credentials.came_from = wire::is_loopback(*client) ? Origin::loopback : Origin::remote;
      credentials.forwarded = false;  // it is the client's own now
    }
    if (!count_address(link, client.value_or(link.peer.address))) {
      return std::unexpected(Error{Code::rate_limited,
                                   "too many connections of this address have not signed in",
                                   "close some, or try again later", 5000});
    }
  }
  auto identity = authenticator_.authenticate(credentials, now);
  if (!identity) return std::unexpected(identity.error());
  link.identity = *identity;
  forget_address(link);
  return {};
}

void House::request(Link& link, const wire::HttpRequest& request, Now now) {
  std::string_view path = path_of(request.target);
  bool reads = request.method == "GET" || request.method == "HEAD";
  // Open to everybody: whether the server lives, and (with the rooms) the door of the players.
  if (path == "/healthz" && reads) return healthz(link.conn);
  if (path == "/sendspin")
    return refuse(link.conn, Error{Code::not_found, "players cannot connect yet",
                                   "they come in a later version"});
  if (auto known = identify(link, request, now); !known) return refuse(link.conn, known.error());
  if (path == "/metrics" && reads) return metrics(link);
  if (path == "/ws")
    return refuse(link.conn, Error{Code::bad_request, "/ws wants a WebSocket handshake"});
  if (path == "/api/openapi.json" && reads) {
    if (openapi_.empty()) openapi_ = write_json(api::openapi(operations_, config_.version));
    return respond(link.conn, 200, kJson, openapi_);
  }
  if (path.starts_with("/api/")) return call_rest(link, request, now);
  if (serve_file(link, request, path)) return;
  refuse(link.conn, Error{Code::not_found, "there is nothing at " + std::string(path), ""});
}

void House::healthz(ConnId conn) {
  if (unhealthy_)
    return respond(
        conn, 503, kJson,
        write_json(Json::object({{"status", Json("failing")}, {"why", Json(unhealthy_->text)}})) +
            "\n");
  respond(conn, 200, kJson, "{\"status\":\"ok\"}\n");
}

void House::call_rest(Link& link, const wire::HttpRequest& request, Now now) {
  auto route = operations_.route(request.method, request.target, request.body);
  if (!route) return refuse(link.conn, route.error().error, route.error().allow);
  api::Caller caller{link.identity->account, api::Permissions::all(), link.identity->host};
  ConnId conn = link.conn;
  api::Context context = context_for(caller, {conn, true, {}, wire::Conditions::of(request)}, now);
  auto outcome = api::OperationTable::call(*route->operation, context, route->args);
  if (outcome.pending()) return;
  if (const Error* error = outcome.error()) return refuse(conn, *error);
  respond(conn, 200, kJson, write_json(*outcome.answer()) + "\n");
}

// Upgrades to the native wire: authenticated and registered before the 101, so that nothing
// unfinished can be sent to.
void House::upgrade(Link& link, const live::UpgradeRequest& upgrade, Now now) {
  ConnId conn = link.conn;
  std::string_view path = path_of(upgrade.request.target);
  if (auto known = identify(link, upgrade.request, now); !known) return refuse(conn, known.error());
  if (path != "/ws")
    return refuse(conn, Error{Code::not_found, "there is no WebSocket at " + std::string(path),
                              "the native wire is at /ws"});
  if (upgrade.protocol.empty())
    return refuse(conn, Error{Code::bad_request, "/ws speaks the subprotocol tutti.session.v1",
                              "offer it in Sec-WebSocket-Protocol"});
  std::string client = query_value(upgrade.request.target, "client");
  if (client.size() > kClientIdBytes)
    return refuse(conn, Error{Code::bad_request, "`client` is longer than 64 bytes"});
  if (client.empty()) client = "-" + id_text(random_.bits());
  auto held = per_account_.find(link.identity->account);
  if (held != per_account_.end() && held->second >= config_.connections_per_account) {
    refused_account_.add(1);
    return refuse(conn, Error{Code::rate_limited, "this account has too many connections",
                              "close some, or raise limits.connections_per_account", 5000});
  }
  if (auto entered = registry_.enter(client, link.identity->account, conn); !entered) {
    if (entered.error().foreign)
      log("security.foreign_connection_id address=" + address_text(link.peer));
    return refuse(conn, Error{Code::conflict, "a connection with this client id is open",
                              "close it first, or use another id", 1000});
  }
  ++per_account_[link.identity->account];
  link.websocket = true;
  link.client = client;
  down(conn.edge, live::Accept{conn});
  for (live::Latch latch :
       {live::Latch::authenticated, live::Latch::services_ready, live::Latch::attached}) {
    down(conn.edge, live::Grant{conn, latch});
  }
}

bool House::serve_file(const Link& link, const wire::HttpRequest& request, std::string_view path) {
  if (path == "/") path = "/index.html";
  auto file = std::find_if(config_.files.begin(), config_.files.end(),
                           [&](const StaticFile& f) { return f.route == path; });
  if (file == config_.files.end()) return false;
  if (request.method != "GET" && request.method != "HEAD") {
    refuse(link.conn, Error{Code::bad_method, "files can only be read"}, "GET, HEAD");
    return true;
  }
  send_file(link.conn, wire::Conditions::of(request), *file,
            {{"Content-Security-Policy", std::string(kContentPolicy)},
             {"Referrer-Policy", "no-referrer"}});
  return true;
}

void House::send_file(ConnId conn, const wire::Conditions& wanted, const StaticFile& file,
                      std::vector<wire::HttpHeader> more) {
  auto answer = wire::answer_file(wanted, file.etag, file.size);
  wire::HttpResponse head{answer.status, std::move(answer.headers), {}};
  std::move(more.begin(), more.end(), std::back_inserter(head.headers));
  head.headers.push_back({"Cache-Control", file.cache});
  head.headers.push_back({"X-Content-Type-Options", "nosniff"});
  bool body = answer.status == 200 || answer.status == 206;
  if (!body) return down(conn.edge, live::Respond{conn, std::move(head), Bytes()});
  head.headers.push_back({"Content-Type", file.type});
  live::FileBody part{file.path, answer.part.offset, answer.part.size};
  down(conn.edge, live::Respond{conn, std::move(head), std::move(part)});
}

}  // namespace tutti::hub
