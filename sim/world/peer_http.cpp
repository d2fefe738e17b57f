// What the scripts that speak HTTP ask for, and what the answers must be.
#include <fmt/format.h>

#include "sim/world/peer.hpp"
#include "sim/world/server_node.hpp"

namespace tutti::world {

void Peer::ask_some() {
  act_at_ = sim_.now + sim_.between(200'000, 6 * kSecond, "pace");
  if (!asked_.empty() || half_closed_) return;
  std::uint32_t burst = 1 + sim_.draw(4, "pipelined");
  for (std::uint32_t i = 0; i < burst && phase_ == Phase::asking; ++i) {
    bool backup = o_.script == Script::backups && sim_.draw(4, "backup") == 0;
    ask(backup ? Ask::backup : static_cast<Ask>(sim_.draw(9, "what")), i + 1 == burst);
  }
  // It may end its side and still read its answers.
  bool last = phase_ == Phase::asking && out_.empty() && !calm_ && sim_.once_in(12, "half close");
  if (!last) return;
  half_closed_ = true;
  crowd_.network.shut(link_, Side::client);
}

void Peer::ask(Ask what, bool last) {
  static constexpr const char* kTargets[] = {
      "/missing", "/healthz", "/api/server", "/api/connections", "/metrics",
      kFileRoute, kFileRoute, "/api/server", kFileRoute,         "/api/backup"};
  std::uint64_t token = ++tokens_;
  asked_.push_back({what, token, calm_});
  std::string target = kTargets[static_cast<std::size_t>(what)];
  if (what == Ask::missing) target += fmt::format("/p{}.{}.", o_.number, token);
  std::string_view method = what == Ask::head ? "HEAD" : what == Ask::backup ? "POST" : "GET";
  std::string headers = draw_headers();
  if (what == Ask::unchanged) headers += "If-None-Match: \"one\"\r\n";
  if (last && sim_.once_in(10, "last request")) headers += "Connection: close\r\n";
  send(fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n{}{}", method, target,
                   what == Ask::nobody ? "nobody.localhost" : o_.host, headers,
                   what == Ask::backup ? "" : "\r\n"));
  if (what != Ask::backup) return;
  bool waits = sim_.once_in(3, "expect");
  send(fmt::format("Content-Type: application/json\r\nContent-Length: 2\r\n{}\r\n",
                   waits ? "Expect: 100-continue\r\n" : ""));
  send("{}");  // who expects a 100 need not wait for it (RFC 9110 section 10.1.1)
}

// Some come through a proxy, which says for whom; some proxies say nonsense.
std::string Peer::draw_headers() {
  if (!o_.proxied || calm_) return "";
  switch (sim_.draw(4, "proxy")) {
    case 0: return "";
    case 1: return "X-Forwarded-For: nonsense, for=me\r\n";
    default: return fmt::format("X-Forwarded-For: 192.0.2.{}\r\n", sim_.draw(4, "for whom"));
  }
}

void Peer::check_answer(const Asked& asked, int status, std::string_view body) {
  proven_ = proven_ || asked.proof;
  // Its bytes came too slowly, or too many of its address or account are here.
  if (status == 408 || status == 429) return;
  auto number = static_cast<std::uint64_t>(status);
  if (!asked_.empty()) sim_.witness(Witness::pipelined);
  switch (asked.what) {
    case Ask::missing: {
      std::string own = fmt::format("/missing/p{}.{}.", o_.number, asked.token);
      bool right = status == 404 && body.find(own) != std::string_view::npos;
      return sim_.require(right, "an answer to somebody else's request", number);
    }
    case Ask::nobody: return sim_.require(status == 401, "nobody was let in", number);
    case Ask::file: {
      bool right = status == 200 && body.size() == kFileBytes;
      for (std::size_t i = 0; right && i < body.size(); i += 97) right = body[i] == file_byte(i);
      if (right) sim_.witness(Witness::file_served);
      return sim_.require(right, "a file came damaged", number);
    }
    case Ask::unchanged:
      return sim_.require(status == 304 && body.empty(), "not known to be unchanged", number);
    case Ask::health: return sim_.require(status == 200 || status == 503, "no health", number);
    case Ask::backup:  // made, one is being made, or the disk failed
      return sim_.require(status == 200 || status >= 400, "a strange answer to a backup", number);
    default: return sim_.require(status == 200, "a request failed", number);
  }
}

}  // namespace tutti::world
